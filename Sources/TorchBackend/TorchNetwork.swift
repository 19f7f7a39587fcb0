internal import Execution
internal import Graphs
internal import Tensors

/// A network on a device, its weights shared by all plans.
///
/// Unchecked because constants are written only by ``reload(_:)``, while no plan is at work.
final class TorchNetwork: CompiledNetwork, @unchecked Sendable {
  let context: TorchContext
  let graph: Graph
  let shapes: [FeatureShape]
  let constants: [NodeConstants]
  let numerics: Numerics
  /// The only batch that is ever computed; nil where it is the plan's.
  let fixedBatch: Int?
  private let parameterShapes: [String: [Int]]
  private let parameters: DeviceParameters
  private let builder: ConstantsBuilder

  init(
    _ model: Model, numerics: Numerics, fixedBatch: Int?, on context: TorchContext
  ) throws(BackendError) {
    let lowered = model.lowered(for: numerics)
    do { shapes = try lowered.shapes() } catch { throw BackendError(error) }
    self.context = context
    self.numerics = numerics
    self.fixedBatch = fixedBatch
    graph = lowered.graph
    parameterShapes = lowered.parameters.mapValues(\.shape)
    try context.enter()
    defer { context.leave() }
    parameters = try DeviceParameters(
      graph.parameterNames, shapes: parameterShapes, on: context)
    var builder = ConstantsBuilder(
      graph, shapes: shapes, parameterShapes: parameterShapes, parameters: parameters,
      on: context)
    var constants: [NodeConstants] = []
    for position in graph.nodes.indices { constants.append(try builder.constants(of: position)) }
    self.constants = constants
    self.builder = builder
    try load(lowered.parameters)
  }

  var input: FeatureShape { graph.input }

  var classes: Int { shapes.last?.channels ?? 0 }

  /// Images computed for nobody at the end of a batch, for equal bits.
  ///
  /// On a processor the last values of a tensor, fewer than two vectors, take another exponential
  /// function than the others.
  var spareSeats: Int {
    if context.isAccelerator { return 0 }
    let fewest = graph.nodes.indices.filter { graph.nodes[$0].operation.isTranscendental }
      .map { shapes[$0].count }.min()
    return fewest.map { (32 + $0 - 1) / $0 } ?? 0
  }

  var notes: [String] {
    var notes = ["torch computes in \(context.precision.rawValue)"]
    if let fixedBatch { notes.append("torch always computes \(fixedBatch) images at once") }
    if let note = context.precision.note(isAccelerator: context.isAccelerator) {
      notes.append(note)
    }
    return notes
  }

  func plan(
    batch: Int, computing derivatives: Derivatives, in memory: PlanMemory
  ) throws(BackendError) -> any ExecutionPlan {
    try TorchPlan(self, batch: batch, computing: derivatives)
  }

  func reload(_ model: Model) throws(BackendError) {
    let lowered = model.lowered(for: numerics)
    guard lowered.graph == graph, lowered.parameters.mapValues(\.shape) == parameterShapes else {
      throw BackendError(
        place: "reload", problem: "the model has another graph or other shapes than the network")
    }
    try context.enter()
    defer { context.leave() }
    try load(lowered.parameters)
  }

  private func load(_ values: [String: Tensor]) throws(BackendError) {
    try parameters.upload(values)
    try builder.refresh()
    // Plans run on other streams.
    try context.synchronize()
  }
}

extension Model {
  /// The model without batch normalisations.
  fileprivate func lowered(for numerics: Numerics) -> Model {
    numerics == .fast ? foldingBatchNorm() : freezingBatchNorm()
  }
}

extension Operation {
  /// Whether it computes exponentials.
  fileprivate var isTranscendental: Bool {
    switch self {
    case .silu, .elementwise: true
    default: false
    }
  }
}

extension Graph {
  /// The names of all parameters, each once, in order of use.
  var parameterNames: [String] {
    var known: Set<String> = []
    return nodes.flatMap(\.operation.parameterNames).filter { known.insert($0).inserted }
  }
}
