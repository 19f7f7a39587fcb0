internal import Execution
internal import Graphs
internal import Tensors

/// What a node reads besides its inputs, on the device.
enum NodeConstants {
  case nothing
  case kernel(TorchTensor, bias: TorchTensor?, shape: [Int])
  /// The factor is `[1, channels, 1, 1]`.
  case scale(NormalizationTensors, factor: TorchTensor)
  case batchNormalization(NormalizationTensors)
  case normalization(mean: TorchTensor, deviation: TorchTensor)
  /// The numbers of a function, each `[1, 1, 1, 1]` or one a channel.
  case numbers([TorchTensor])
  case layerNormalization(weight: TorchTensor, bias: TorchTensor)
  case attention(AttentionTensors)
  /// `[1, channels, height, width]`.
  case table(TorchTensor)
  case places(PlaceTensors)
  case rowNormalization(epsilon: TorchTensor, temperature: TorchTensor?)
  /// How many pixels of the image each window has: `[1, 1, height, width]`.
  case windowCounts(TorchTensor)
}

/// Makes the constants of all nodes from parameters on the device, and again when those change.
struct ConstantsBuilder {
  let context: TorchContext
  let graph: Graph
  let shapes: [FeatureShape]
  let parameterShapes: [String: [Int]]
  let parameters: DeviceParameters
  /// Where the statistics of batches go; nil where normalisations use running ones.
  let batchStatistics: DeviceParameters?

  /// Copies that follow whenever the parameters have changed.
  private(set) var refreshes: [(source: TorchTensor, target: TorchTensor)] = []

  init(
    _ graph: Graph, shapes: [FeatureShape], parameterShapes: [String: [Int]],
    parameters: DeviceParameters, batchStatistics: DeviceParameters? = nil,
    on context: TorchContext
  ) {
    self.graph = graph
    self.shapes = shapes
    self.parameterShapes = parameterShapes
    self.parameters = parameters
    self.batchStatistics = batchStatistics
    self.context = context
  }

  mutating func constants(of position: Int) throws(BackendError) -> NodeConstants {
    switch graph.nodes[position].operation {
    case .convolution(let convolution):
      return try kernel(convolution.weight, bias: convolution.bias)
    case .linear(let linear): return try kernel(linear.weight, bias: linear.bias)
    case .channelAffine(let affine):
      let channels = shapes[position].channels
      let factor = try context.empty([1, channels, 1, 1])
      let zeros = try context.constant(
        [Float](repeating: 0, count: channels), [channels], type: context.single)
      refreshes.append((try context.view(tensor(affine.scale), [1, channels, 1, 1]), factor))
      return .scale(
        NormalizationTensors(
          weight: tensor(affine.scale),
          bias: affine.shift.map(tensor) ?? zeros,
          mean: zeros,
          variance: try context.constant(
            [Float](repeating: 1, count: channels), [channels], type: context.single),
          epsilon: 0), factor: factor)
    case .batchNormalization(let norm):
      let statistics = batchStatistics?.tensors ?? parameters.tensors
      guard let mean = statistics[norm.mean], let variance = statistics[norm.variance] else {
        preconditionFailure("shape inference found every parameter")
      }
      return .batchNormalization(
        NormalizationTensors(
          weight: tensor(norm.weight), bias: tensor(norm.bias), mean: mean, variance: variance,
          epsilon: norm.epsilon, usesBatch: batchStatistics != nil))
    case .normalize(let constants):
      let sizes = [1, constants.mean.count, 1, 1]
      return .normalization(
        mean: try context.constant(constants.mean, sizes, type: context.single),
        deviation: try context.constant(constants.deviation, sizes, type: context.single))
    case .averagePool(let pooling):
      let windows = PoolingWindows(pooling)
      guard pooling.divisor == .inside, windows.extra != nil else { return .nothing }
      let output = shapes[position]
      return .windowCounts(
        try context.constant(
          windows.counts(over: shapes[graph.nodes[position].inputs[0]], output: output),
          [1, 1, output.height, output.width]))
    case .layerNormalization(let norm):
      let sizes = [shapes[position].channels]
      return .layerNormalization(
        weight: try prepared(norm.weight, sizes), bias: try prepared(norm.bias, sizes))
    case .meanSparse(let sparse):
      let sizes = [1, shapes[position].channels, 1, 1]
      return .numbers([
        try context.view(tensor(sparse.mean), sizes),
        try context.view(tensor(sparse.variance), sizes),
        try context.view(tensor(sparse.threshold), [1, 1, 1, 1]),
      ])
    case .elementwise(let function):
      var numbers: [TorchTensor] = []
      for number in function.constants {
        numbers.append(try context.constant([number], [1, 1, 1, 1], type: context.single))
      }
      return .numbers(numbers)
    case .attention(let attention):
      return .attention(
        try AttentionTensors(
          attention, inputs: graph.nodes[position].inputs.map { shapes[$0] },
          bias: attention.bias.map(tensor), extents: attention.bias.flatMap { parameterShapes[$0] },
          on: context))
    case .table(let table): return .table(try values(of: table))
    case .positionEncoding(let encoding):
      let shape = encoding.shape
      return .table(
        try context.constant(encoding.values, [1, shape.channels, shape.height, shape.width]))
    case .rowNormalization(let norm):
      return .rowNormalization(
        epsilon: try context.constant([Float(norm.epsilon)], [1, 1, 1], type: context.single),
        temperature: norm.temperature.map(tensor))
    case .rearrange(let rearrangement):
      let inputs = graph.nodes[position].inputs.map { shapes[$0] }
      let starts = inputs.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
      return .places(
        try PlaceTensors(
          rearrangement.sources(from: inputs).map { starts[$0.input] + $0.place },
          from: starts.last ?? 0, on: context))
    case .input, .relu, .silu, .add, .multiply, .maxPool, .globalAveragePool, .flatten,
      .concatenate,
      .channelShuffle, .channelSlice, .pad:
      return .nothing
    }
  }

  /// Brings everything that was derived from the parameters up to date.
  func refresh() throws(BackendError) {
    for (source, target) in refreshes { try context.copy(source, to: target) }
  }

  private mutating func kernel(_ name: String, bias: String?) throws(BackendError) -> NodeConstants
  {
    var shape = parameterShapes[name] ?? []
    // A matrix is a kernel for images of one pixel.
    if shape.count == 2 { shape += [1, 1] }
    return .kernel(
      try prepared(name, shape),
      bias: try bias.map { name throws(BackendError) in
        try prepared(name, parameterShapes[name] ?? [])
      }, shape: shape)
  }

  /// A table in the type and order of activations.
  private mutating func values(of table: Table) throws(BackendError) -> TorchTensor {
    let (shape, parameter) = (table.shape, tensor(table.parameter))
    let sizes = [1, shape.channels, shape.height, shape.width]
    let source =
      switch table.order {
      case .channelsFirst: try context.view(parameter, sizes)
      case .channelsLast:
        try context.permuted(
          try context.view(parameter, [1, shape.height, shape.width, shape.channels]),
          [0, 3, 1, 2])
      }
    let target = try context.empty(sizes)
    refreshes.append((source, target))
    return target
  }

  /// A parameter in the type and order of activations.
  private mutating func prepared(_ name: String, _ shape: [Int]) throws(BackendError) -> TorchTensor
  {
    let source = try context.view(tensor(name), shape)
    if !context.isAccelerator, context.activation == context.single { return source }
    let target = try context.empty(shape)
    refreshes.append((source, target))
    return target
  }

  private func tensor(_ name: String) -> TorchTensor {
    guard let tensor = parameters.tensors[name] else {
      preconditionFailure("shape inference found every parameter")
    }
    return tensor
  }
}
