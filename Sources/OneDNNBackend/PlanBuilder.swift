internal import CKernels
internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

/// Records the steps of a network, forward and then backward, stage by stage.
struct PlanBuilder {
  let network: OneDNNNetwork
  let batch: Int
  /// What a plan that trains knows besides; nil for inference.
  let training: Training?
  /// The threads of a kernel call; in inference lanes are what runs in parallel.
  let team: Team
  /// The values whose gradients somebody needs.
  let wanted: Set<Int>

  var program: Program
  /// The buffer of each value computed so far.
  private var activations: [Int: Buffer] = [:]
  /// Buffers whose sum is the gradient of a value.
  var contributions: [Int: [Buffer]] = [:]
  /// The parameters of which a gradient was handed over; further ones are added.
  var differentiated: Set<String> = []

  init(_ network: OneDNNNetwork, batch: Int, computing derivatives: Derivatives) {
    self.network = network
    self.batch = batch
    training = nil
    team = Team(threads: 1)
    wanted = network.graph.influenced(by: derivatives.intersection(.input))
    program = Program(on: network.engine)
  }

  init(_ network: OneDNNNetwork, batch: Int, training: Training) {
    self.network = network
    self.batch = batch
    self.training = training
    team = Team(threads: Int(omp_get_max_threads()))
    wanted = network.graph.influenced(by: training.derivatives)
    program = Program(on: network.engine)
  }

  /// All steps over a placed arena, for attacks.
  mutating func plan(in memory: PlanMemory) throws(BackendError) -> OneDNNPlan {
    try appendSteps()
    return OneDNNPlan(
      batch: batch, imageCount: network.input.count, classes: network.classes,
      program: try program.placed(
        in: memory, sharing: network.sharing, backward: .anyNumber))
  }

  /// All steps over a placed arena, for training.
  mutating func trainingPlan() throws(BackendError) -> OneDNNTrainingPlan {
    guard let training else { preconditionFailure("the builder was made for inference") }
    try appendSteps()
    return OneDNNTrainingPlan(
      batch: batch, network: network, training: training, team: team,
      program: try program.placed(
        in: PlanMemory(), sharing: network.sharing, backward: .once))
  }

  private mutating func appendSteps() throws(BackendError) {
    var waysBack: [WayBack] = []
    for stage in network.stages { waysBack.append(try appendForward(stage)) }
    let logits = network.graph.nodes.count - 1
    appendLogits(logits)
    if wanted.isEmpty { return }
    program.turnBack()
    appendCotangent(of: logits)
    for (stage, wayBack) in zip(network.stages, waysBack).reversed() {
      guard let cotangent = gradient(of: stage.output, through: wayBack.mask) else { continue }
      try wayBack.append(&self, cotangent)
    }
  }

  private mutating func appendForward(_ stage: Stage) throws(BackendError) -> WayBack {
    switch stage.kind {
    case .image(let constants): appendImage(stage, constants)
    case .convolution(let convolution, let other, let activation):
      try appendConvolution(stage, convolution, plus: other, activation)
    case .batchNormalization(let norm, let other, let activation):
      try appendBatchNormalization(stage, norm, plus: other, activation)
    case .affine(let affine, let activation): try appendAffine(stage, affine, activation)
    case .layerNormalization(let norm): try appendLayerNormalization(stage, norm)
    case .meanSparse(let sparse): try appendMeanSparse(stage, sparse)
    case .relu: appendReLU(stage)
    case .normalize(let constants): try appendNormalization(stage, constants)
    case .silu: try appendSiLU(stage)
    case .elementwise(let function): appendFunction(stage, function)
    case .multiply: appendProduct(stage)
    case .add(let activation): appendAdd(stage, activation)
    case .maxPool(let pooling): try appendPool(stage, pooling, dnnl_pooling_max)
    case .averagePool(let pooling): try appendPool(stage, pooling, pooling.averageKind)
    case .move(let moves): appendMove(stage, moves)
    case .flatten: appendFlatten(stage)
    case .attention(let attention): try appendAttention(stage, attention)
    case .table(let table): try appendTable(stage, table)
    case .rowNormalization(let norm): try appendRowNormalization(stage, norm)
    case .encoding(let encoding): appendEncoding(stage, encoding)
    case .rearrange(let rearrangement): appendRearrangement(stage, rearrangement)
    case .rename: appendRenaming(stage)
    }
  }
}

/// How one goes back through a stage, known once one has gone forward.
struct WayBack {
  /// The bits of a ReLU through which the cotangent goes first; nil if the stage's own kernel sees
  /// to that, or there is none.
  var mask: Buffer?
  /// Appends the steps that carry the output's cotangent to the inputs.
  let append: (inout PlanBuilder, _ cotangent: Buffer) throws(BackendError) -> Void
}

extension PlanBuilder {
  /// A new buffer for an activation or gradient of a value.
  mutating func buffer(for value: Int) -> Buffer {
    program.buffer(
      bytes: batch * network.shapes[value].paddedCount * MemoryLayout<Float>.stride)
  }

  /// A new buffer for some numbers.
  mutating func buffer<Number>(of type: Number.Type, count: Int) -> Buffer {
    program.buffer(bytes: count * MemoryLayout<Number>.stride)
  }

  /// A buffer for the bits of a ReLU, if a gradient will need them.
  mutating func mask(for value: Int, _ activation: Stage.Activation) -> Buffer? {
    if wanted.isEmpty || activation == .none { return nil }
    return buffer(of: UInt16.self, count: batch * network.shapes[value].paddedCount / 16)
  }

  /// The extents of a value's batch.
  func kernelsShape(_ value: Int) -> kernels_shape {
    network.shapes[value].kernelsShape(batch: batch)
  }

  /// The buffer that holds a value.
  func activation(_ value: Int) -> Buffer {
    guard let buffer = activations[value] else {
      preconditionFailure("value \(value) is read before it is computed")
    }
    return buffer
  }

  /// A new buffer for a value that is about to be computed.
  mutating func newActivation(_ value: Int) -> Buffer {
    let target = buffer(for: value)
    activations[value] = target
    return target
  }

  /// Another name for a value; the two hold the same numbers in the same order.
  private mutating func appendRenaming(_ stage: Stage) -> WayBack {
    let input = stage.inputs[0]
    activations[stage.output] = activation(input)
    return WayBack { (builder, cotangent) throws(BackendError) in
      builder.contribute(cotangent, to: input)
    }
  }
}

extension Graph {
  /// The values that depend on what is differentiated with respect to.
  func influenced(by derivatives: Derivatives) -> Set<Int> {
    var result: Set<Int> = []
    for (position, node) in nodes.enumerated() {
      let isSource =
        node.operation == .input
        ? derivatives.contains(.input)
        : derivatives.contains(.parameters) && !node.operation.trainableNames.isEmpty
      if isSource || node.inputs.contains(where: result.contains) { result.insert(position) }
    }
    return result
  }
}
