public import Tensors

/// Which mean and variance a batch normalisation uses while a network is trained.
public enum NormalizationStatistics: String, Sendable, Hashable, Codable, CaseIterable {
  /// Those of the batch, the variance biased; gradients flow through them.
  case batch
  /// The running ones, as constants.
  case running
}

/// Everything decided for training one network with one batch size.
///
/// Parameters change from step to step, so they are handed in as plain row-major tensors, which the
/// caller owns.
///
/// Not thread-safe. Results depend on the batch and, on fast backends, on the number of threads,
/// but are the same bits whenever those are.
public protocol TrainingPlan: AnyObject {
  /// How many images it takes at once.
  var batch: Int { get }

  /// Computes logits.
  ///
  /// - Parameters:
  ///   - images: `[batch, channels, height, width]`, pixels in [0, 1].
  ///   - parameters: all of the graph's, running statistics included; others are ignored.
  ///   - logits: receives `[batch, classes]`.
  /// - Throws: ``BackendError`` when the library fails.
  /// - Precondition: every parameter of the graph is there and has the model's shape.
  func forward(
    _ images: Span<Float>, parameters: [String: Tensor], logits: inout MutableSpan<Float>
  ) throws(BackendError)

  /// Computes logits as ``forward(_:parameters:logits:)`` does, where the last pass had the same
  /// parameters.
  ///
  /// - Parameters:
  ///   - images: `[batch, channels, height, width]`, pixels in [0, 1].
  ///   - parameters: those of this plan's last pass; running statistics that are not used may differ.
  ///   - logits: receives `[batch, classes]`.
  /// - Throws: ``BackendError`` when the library fails.
  /// - Precondition: a forward pass came before.
  func forward(
    _ images: Span<Float>, sameParameters parameters: [String: Tensor],
    logits: inout MutableSpan<Float>
  ) throws(BackendError)

  /// Moves the running statistics towards those of the last forward pass's batch.
  ///
  /// new = 0.9 · old + 0.1 · batch, with the unbiased variance. A pass that only crafts examples
  /// leaves this out.
  ///
  /// - Parameter parameters: those of the forward pass; only running statistics change, and only
  ///   where batch statistics are used.
  /// - Precondition: a forward pass came before.
  func updateRunningStatistics(in parameters: inout [String: Tensor])

  /// Computes gradients at the last forward pass.
  ///
  /// - Parameter cotangent: `[batch, classes]`, the gradient of the loss with respect to the logits.
  /// - Returns: the gradients that the plan was made for; the plan writes the next ones into the
  ///   same memory if this result is gone by then.
  /// - Throws: ``BackendError`` when the library fails.
  /// - Precondition: a forward pass came before, and no other backward pass since.
  func backward(_ cotangent: Span<Float>) throws(BackendError) -> Gradients

  /// Computes gradients as ``backward(_:)`` does, and hands each parameter's over as early as it can.
  ///
  /// - Parameters:
  ///   - cotangent: `[batch, classes]`, the gradient of the loss with respect to the logits.
  ///   - finished: given every parameter's gradient once, in an order that depends on the network
  ///     alone.
  /// - Returns: the gradients that the plan was made for.
  /// - Throws: ``BackendError`` when the library fails.
  /// - Precondition: as for ``backward(_:)``.
  func backward(
    _ cotangent: Span<Float>, handing finished: (String, Tensor) -> Void
  ) throws(BackendError) -> Gradients
}

extension TrainingPlan {
  /// Takes the parameters as if they were others.
  ///
  /// - Parameters:
  ///   - images: `[batch, channels, height, width]`, pixels in [0, 1].
  ///   - parameters: those of this plan's last pass.
  ///   - logits: receives `[batch, classes]`.
  /// - Throws: ``BackendError`` when the library fails.
  public func forward(
    _ images: Span<Float>, sameParameters parameters: [String: Tensor],
    logits: inout MutableSpan<Float>
  ) throws(BackendError) {
    try forward(images, parameters: parameters, logits: &logits)
  }

  /// Hands all gradients over at the end, in the order of names.
  ///
  /// - Parameters:
  ///   - cotangent: `[batch, classes]`, the gradient of the loss with respect to the logits.
  ///   - finished: given every parameter's gradient once.
  /// - Returns: the gradients that the plan was made for.
  /// - Throws: ``BackendError`` when the library fails.
  public func backward(
    _ cotangent: Span<Float>, handing finished: (String, Tensor) -> Void
  ) throws(BackendError) -> Gradients {
    let gradients = try backward(cotangent)
    for (name, tensor) in gradients.parameters.sorted(by: { $0.key < $1.key }) {
      finished(name, tensor)
    }
    return gradients
  }
}

/// What a backward pass of a ``TrainingPlan`` gives.
public struct Gradients: Sendable {
  /// By name, for every trainable parameter in its own shape; empty if not asked for.
  public var parameters: [String: Tensor]
  /// `[batch, channels, height, width]`, per unit of pixel value; nil if not asked for.
  public var images: Tensor?

  /// Creates a result.
  ///
  /// - Parameters:
  ///   - parameters: by name.
  ///   - images: for the batch.
  public init(parameters: [String: Tensor], images: Tensor?) {
    self.parameters = parameters
    self.images = images
  }
}

extension NormalizationStatistics {
  /// How much of the old running statistics an update keeps.
  public static let kept: Float = 0.9
}
