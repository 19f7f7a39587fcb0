public import Graphs
public import Tensors

/// With respect to what a plan can differentiate.
public struct Derivatives: OptionSet, Sendable, Hashable {
  /// The bit set.
  public let rawValue: Int

  /// Creates a set from its bits.
  ///
  /// - Parameter rawValue: the bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The image.
  public static let input = Derivatives(rawValue: 1)
  /// The trainable parameters; for a ``TrainingPlan`` only.
  public static let parameters = Derivatives(rawValue: 2)
}

/// How a network may be computed.
public enum Numerics: String, Sendable, Hashable, Codable {
  /// The fastest kernels, folded batch normalisation: what attacks search with.
  case fast
  /// Direct convolutions and unfolded batch normalisation: what decides.
  case exact
}

/// A way to compute networks, for instance a library of kernels.
public protocol Backend: Sendable {
  /// For the report, for instance `onednn 2.6.3`.
  var description: String { get }

  /// What of this machine decides how the backend rounds, for instance `AVX-512`.
  var instructionSet: String { get }

  /// Prepares a network: rewrites the graph and packs the weights, once for all plans.
  ///
  /// - Parameters:
  ///   - model: the network; its shapes are checked.
  ///   - numerics: fast or exact.
  /// - Returns: what plans are made from; may be shared between threads.
  /// - Throws: ``BackendError`` when a shape does not fit or an operation is not supported.
  func compile(_ model: Model, for numerics: Numerics) throws(BackendError) -> any CompiledNetwork

  /// Makes a plan for training a network.
  ///
  /// - Parameters:
  ///   - model: the network; of its parameters only the shapes matter.
  ///   - batch: how many images it takes at once.
  ///   - statistics: what batch normalisations use.
  ///   - derivatives: what ``TrainingPlan/backward(_:)`` must give.
  /// - Returns: a plan.
  /// - Throws: ``BackendError`` when a shape does not fit, an operation is not supported, or a batch
  ///   gives a channel a single value, which has no variance.
  func trainingPlan(
    for model: Model, batch: Int, statistics: NormalizationStatistics,
    computing derivatives: Derivatives
  ) throws(BackendError) -> any TrainingPlan
}

/// A network whose weights are packed for a backend.
public protocol CompiledNetwork: Sendable {
  /// The shape of one image.
  var input: FeatureShape { get }
  /// The length of a logit vector.
  var classes: Int { get }
  /// Choices that influence rounding, for the report, for instance which layers use Winograd.
  var notes: [String] { get }

  /// Makes a plan for a batch size.
  ///
  /// - Parameters:
  ///   - batch: how many images it takes at once.
  ///   - derivatives: what ``ExecutionPlan/backward(_:gradients:)`` must give; empty if it is not
  ///     called.
  ///   - memory: what the plan may use in turn with other plans of its thread. Between a forward
  ///     pass and its backward passes no other of them may be used.
  /// - Returns: a plan; it stays in the thread that uses it.
  /// - Throws: ``BackendError`` when the library refuses.
  func plan(
    batch: Int, computing derivatives: Derivatives, in memory: PlanMemory
  ) throws(BackendError) -> any ExecutionPlan

  /// Puts other weights in the place of the present ones, for all plans, those made already too.
  ///
  /// Afterwards results have the same bits as those of a network compiled from the model.
  ///
  /// - Parameter model: of the same graph and shapes.
  /// - Throws: ``BackendError`` when a shape does not fit or the library fails.
  /// - Precondition: no plan is at work.
  func reload(_ model: Model) throws(BackendError)
}

extension CompiledNetwork {
  /// Makes a plan with memory of its own.
  ///
  /// - Parameters:
  ///   - batch: how many images it takes at once.
  ///   - derivatives: what ``ExecutionPlan/backward(_:gradients:)`` must give; empty if it is not
  ///     called.
  /// - Returns: a plan; it stays in the thread that uses it.
  /// - Throws: ``BackendError`` when the library refuses.
  public func plan(
    batch: Int, computing derivatives: Derivatives
  ) throws(BackendError) -> any ExecutionPlan {
    try plan(batch: batch, computing: derivatives, in: PlanMemory())
  }
}

/// Everything decided for one network and batch size: primitives and memory.
///
/// Not thread-safe.
///
/// An image's results have the same bits whatever its place in the batch, whatever its neighbours
/// and whatever the batch size.
public protocol ExecutionPlan: AnyObject {
  /// How many images it takes at once.
  var batch: Int { get }

  /// Computes logits.
  ///
  /// - Parameters:
  ///   - images: `[batch, channels, height, width]`, pixels in [0, 1].
  ///   - logits: receives `[batch, classes]`.
  /// - Throws: ``BackendError`` when the library fails.
  func forward(_ images: Span<Float>, logits: inout MutableSpan<Float>) throws(BackendError)

  /// Computes input gradients at the images of the last ``forward(_:logits:)``.
  ///
  /// May be called several times for one forward pass, with another cotangent each.
  ///
  /// - Parameters:
  ///   - cotangent: `[batch, classes]`, the gradient of the objective with respect to the logits.
  ///   - gradients: receives `[batch, channels, height, width]`, per unit of pixel value.
  /// - Throws: ``BackendError`` when the library fails.
  /// - Precondition: the plan was made with ``Derivatives/input``.
  func backward(_ cotangent: Span<Float>, gradients: inout MutableSpan<Float>) throws(BackendError)
}

/// Why a backend cannot compute a network.
public struct BackendError: Error, Hashable, CustomStringConvertible {
  /// The node or library function concerned.
  public var place: String
  /// What is wrong, as one clause.
  public var problem: String
  /// Whether a smaller batch might have been computed.
  public var isOutOfMemory: Bool

  /// Creates an error.
  ///
  /// - Parameters:
  ///   - place: the node or library function.
  ///   - problem: what is wrong.
  ///   - isOutOfMemory: whether a smaller batch might have been computed.
  public init(place: String, problem: String, isOutOfMemory: Bool = false) {
    self.place = place
    self.problem = problem
    self.isOutOfMemory = isOutOfMemory
  }

  /// Creates an error from a graph's.
  ///
  /// - Parameter error: what does not fit.
  public init(_ error: GraphError) { self.init(place: error.place, problem: error.problem) }

  /// For example `dnnl_primitive_create: out of memory`.
  public var description: String { "\(place): \(problem)" }
}
