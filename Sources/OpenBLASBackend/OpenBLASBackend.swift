public import Execution
public import Graphs
import Synchronization
import Tensors

/// The plain path: one image at a time, im2col and matrix products, in checkpoint layouts.
///
/// It shares no kernel with the fast path and is the witness that verifies its findings. Fast and
/// exact numerics are the same here: nothing is folded.
public struct OpenBLASBackend: Backend {
  /// Creates the backend.
  public init() {}

  /// For example `openblas 0.3.21`.
  public var description: String { "openblas " + BLAS.version }

  /// The processor whose kernels OpenBLAS uses, for example `kernels for SkylakeX`.
  public var instructionSet: String { "kernels for \(BLAS.kernels)" }

  /// Prepares a network: resolves every node's shape and parameters.
  ///
  /// - Parameters:
  ///   - model: the network; its shapes are checked.
  ///   - numerics: makes no difference.
  /// - Returns: what plans are made from.
  /// - Throws: ``BackendError`` when a shape does not fit.
  public func compile(
    _ model: Model, for numerics: Numerics
  ) throws(BackendError) -> any CompiledNetwork {
    do {
      let frozen = model.freezingBatchNorm()
      return OpenBLASNetwork(
        graph: frozen.graph, classes: try frozen.classes(), steps: try Step.all(of: frozen))
    } catch {
      throw BackendError(error)
    }
  }

  /// Makes a plan for training a network, layer by layer over the whole batch.
  ///
  /// - Parameters:
  ///   - model: the network; of its parameters only the shapes matter.
  ///   - batch: how many images it takes at once.
  ///   - statistics: what batch normalisations use.
  ///   - derivatives: what the plan's backward pass must give.
  /// - Returns: a plan.
  /// - Throws: ``BackendError`` when a shape does not fit, or a batch gives a channel one value.
  public func trainingPlan(
    for model: Model, batch: Int, statistics: NormalizationStatistics,
    computing derivatives: Derivatives
  ) throws(BackendError) -> any TrainingPlan {
    do {
      let shapes = try model.shapes()
      _ = try model.classes()
      if statistics == .batch { try model.graph.requireVariance(batch: batch, shapes: shapes) }
      return OpenBLASTrainingPlan(
        graph: model.graph, shapes: shapes,
        parameterShapes: model.parameters.mapValues(\.shape), batch: batch,
        statistics: statistics, computing: derivatives)
    } catch {
      throw BackendError(error)
    }
  }
}

/// One node of the graph, ready to run.
struct Step: Sendable {
  /// The operation with its shapes and weights; the input node has none.
  var layer: (any Layer)?
  /// Positions of the nodes it reads.
  var inputs: [Int]
  /// How many values it gives.
  var count: Int
}

extension Step {
  /// The steps of a frozen network, one a node.
  fileprivate static func all(of frozen: Model) throws(GraphError) -> [Step] {
    let shapes = try frozen.shapes()
    return frozen.graph.nodes.indices.map { Step(node: $0, of: frozen, shapes: shapes) }
  }
}

/// The network as a list of layers.
final class OpenBLASNetwork: CompiledNetwork {
  private let graph: Graph
  let classes: Int
  private let present: Mutex<[Step]>

  init(graph: Graph, classes: Int, steps: [Step]) {
    self.graph = graph
    self.classes = classes
    present = Mutex(steps)
  }

  var input: FeatureShape { graph.input }

  /// The layers with the weights loaded last.
  var steps: [Step] { present.withLock { $0 } }

  var notes: [String] { ["openblas kernels: " + BLAS.kernels] }

  func plan(
    batch: Int, computing derivatives: Derivatives, in memory: PlanMemory
  ) throws(BackendError) -> any ExecutionPlan {
    OpenBLASPlan(network: self, batch: batch, computing: derivatives)
  }

  func reload(_ model: Model) throws(BackendError) {
    let frozen = model.freezingBatchNorm()
    guard frozen.graph == graph else {
      throw BackendError(
        place: "reload", problem: "the model has another graph than the network")
    }
    let steps: [Step]
    do { steps = try Step.all(of: frozen) } catch { throw BackendError(error) }
    present.withLock { $0 = steps }
  }
}
