internal import Execution
internal import Graphs
internal import Tensors

/// What an attention reads besides its inputs.
struct AttentionTensors {
  /// The bias of scores, taken from a parameter.
  struct Bias {
    let parameter: TorchTensor
    let places: PlaceTensors
  }

  let scale: TorchTensor
  let windows: Int
  let queries: Int
  let keys: Int
  /// Nil where positions keep their order.
  let queryPlaces, keyPlaces: PlaceTensors?
  /// `[1, 1, windows, queries, keys]`.
  let mask: TorchTensor?
  let bias: Bias?

  init(
    _ attention: Attention, inputs: [FeatureShape], bias parameter: TorchTensor?, extents: [Int]?,
    on context: TorchContext
  ) throws(BackendError) {
    let keys = inputs.count == 1 ? inputs[0] : inputs[1]
    let plan = AttentionPlan(attention, queries: inputs[0], keys: keys, bias: extents)
    windows = plan.windows
    queries = plan.queriesInWindow
    self.keys = plan.keysInWindow
    let isWhole = attention.window == nil
    queryPlaces =
      isWhole
      ? nil : try PlaceTensors(plan.queries.map(Int.init), from: inputs[0].area, on: context)
    keyPlaces =
      isWhole ? nil : try PlaceTensors(plan.keys.map(Int.init), from: keys.area, on: context)
    scale = try context.constant([attention.scale], [1, 1, 1, 1, 1])
    mask = plan.regions.isEmpty ? nil : try Self.mask(plan, on: context)
    bias = try parameter.map { parameter throws(BackendError) in
      let places = (0..<attention.heads).flatMap { head in
        plan.biasPlaces.map { Int($0) + head * plan.biasStep }
      }
      let count = extents?.reduce(1, *) ?? 0
      return Bias(
        parameter: parameter, places: try PlaceTensors(places, from: count, on: context))
    }
  }

  private static func mask(
    _ plan: AttentionPlan, on context: TorchContext
  ) throws(BackendError) -> TorchTensor {
    let count = plan.queriesInWindow
    let values = (0..<plan.windows).flatMap { window in
      let own = plan.regions[window * count..<(window + 1) * count]
      return own.flatMap { query in own.map { $0 == query ? Float(0) : -100 } }
    }
    return try context.constant(values, [1, 1, plan.windows, count, count])
  }
}

/// Attention: matrices of images, heads and windows, channels by positions.
extension Layer {
  private var attention: (Attention, AttentionTensors) {
    guard case .attention(let attention) = operation, case .attention(let tensors) = constants
    else { preconditionFailure("an attention has its constants") }
    return (attention, tensors)
  }

  func attended(_ x: [TorchTensor], keeps: Bool) throws(BackendError) -> (TorchTensor, Kept) {
    let (_, tensors) = attention
    var parts: [TorchTensor] = []
    for part in 0..<3 {
      var source = x[inputs.count == 1 ? 0 : part]
      if inputs.count == 1 {
        source = try context.channels(
          source, from: part * output.channels, count: output.channels)
      }
      parts.append(try matrices(source, part))
    }
    let q = try context.product(parts[0], tensors.scale)
    var scores = try product(try turned(q), parts[1])
    if let bias = try bias() { scores = try context.sum(scores, bias) }
    if let mask = tensors.mask { scores = try context.sum(scores, mask) }
    let shares = try context.operate(
      "aten::_softmax", [.tensor(scores), .integer(4), .flag(false)])
    let result = try product(parts[2], try turned(shares))
    return (
      try map(result, 0), keeps ? .attention(q, parts[1], parts[2], shares: shares) : .nothing
    )
  }

  func attendedBack(
    _ slope: TorchTensor, _ kept: Kept, _ wanted: [Bool]
  ) throws(BackendError) -> LayerGradients {
    let (attention, tensors) = attention
    guard case .attention(let q, let k, let v, let shares) = kept else {
      preconditionFailure("an attention keeps its matrices")
    }
    let g = try matrices(slope, 0)
    let slopes = try context.operate(
      "aten::_softmax_backward_data",
      [
        .tensor(try product(try turned(g), v)), .tensor(shares), .integer(4),
        .integer(Int(context.activation)),
      ])
    let gradients = [
      try map(try context.product(try product(k, try turned(slopes)), tensors.scale), 0),
      try map(try product(q, slopes), 1), try map(try product(g, shares), 2),
    ]
    var result = LayerGradients(inputs: [])
    if inputs.count == 1 {
      result.inputs = [Cotangent(tensor: try context.concatenated(gradients), isOwned: true)]
    } else {
      result.inputs = gradients.map { Cotangent(tensor: $0, isOwned: true) }
    }
    if isTrained, let places = tensors.bias?.places {
      let sum = try context.total(slopes, over: [0, 2])
      let count = tensors.queries * tensors.keys * attention.heads
      result.parameters = [
        try context.returned(try context.reshaped(sum, [count]), places, axis: 0)
      ]
    }
    return result
  }

  /// Channels by positions, for each image, head and window.
  private func matrices(_ x: TorchTensor, _ part: Int) throws(BackendError) -> TorchTensor {
    let (attention, tensors) = attention
    let places = part == 0 ? tensors.queryPlaces : tensors.keyPlaces
    let count = part == 0 ? tensors.queries : tensors.keys
    var result = try context.reshaped(
      x, [batch, output.channels, area(of: part)])
    if let places { result = try context.taken(result, axis: 2, places.forward) }
    let sizes = [
      batch, attention.heads, output.channels / attention.heads, tensors.windows, count,
    ]
    return try context.permuted(try context.reshaped(result, sizes), [0, 1, 3, 2, 4])
  }

  /// The way back from it, as a map in the device's order.
  private func map(_ x: TorchTensor, _ part: Int) throws(BackendError) -> TorchTensor {
    let (_, tensors) = attention
    let places = part == 0 ? tensors.queryPlaces : tensors.keyPlaces
    var shape = inputs[inputs.count == 1 ? 0 : part]
    shape.channels = output.channels
    var result = try context.reshaped(
      try context.permuted(x, [0, 1, 3, 2, 4]), [batch, output.channels, area(of: part)])
    if let places { result = try context.taken(result, axis: 2, places.backward[0]) }
    return try imaged(result, shape)
  }

  private func area(of part: Int) -> Int { inputs[inputs.count == 1 ? 0 : part].area }

  private func bias() throws(BackendError) -> TorchTensor? {
    let (attention, tensors) = attention
    guard let bias = tensors.bias else { return nil }
    let flat = try context.reshaped(bias.parameter, [bias.places.count])
    let sizes = [1, attention.heads, 1, tensors.queries, tensors.keys]
    return try inActivationType(
      try context.reshaped(try context.taken(flat, axis: 0, bias.places.forward), sizes), sizes)
  }

  private func turned(_ x: TorchTensor) throws(BackendError) -> TorchTensor {
    try context.permuted(x, [0, 1, 2, 4, 3])
  }

  private func product(
    _ left: TorchTensor, _ right: TorchTensor
  ) throws(BackendError) -> TorchTensor {
    try context.operate("aten::matmul", [.tensor(left), .tensor(right)])
  }
}
