/// Whose turn it is in a training plan: a forward pass, then at most one backward pass.
///
/// Every ``TrainingPlan`` keeps one and tells it what is asked; what must not be asked then ends the
/// process.
public struct TrainingTurn: Sendable {
  private enum State {
    case new
    case wentForward
    case wentBackward
  }

  private let imageElements: Int
  private let logitElements: Int
  private var state = State.new

  /// Begins with a forward pass.
  ///
  /// - Parameters:
  ///   - batch: how many images the plan takes at once.
  ///   - pixels: how many values an image has.
  ///   - classes: how many logits an image gets.
  /// - Precondition: a plan takes at least one image.
  public init(batch: Int, pixels: Int, classes: Int) {
    precondition(batch > 0, "a plan takes at least one image")
    imageElements = batch * pixels
    logitElements = batch * classes
  }

  /// A forward pass begins; if it fails, another one must come before anything else.
  ///
  /// - Parameters:
  ///   - images: how many values are handed in.
  ///   - logits: for how many there is room.
  /// - Precondition: both fill the plan's batch.
  public mutating func beginForward(images: Int, logits: Int) {
    precondition(images == imageElements, "images fill the plan's batch")
    precondition(logits == logitElements, "logits fill the plan's batch")
    state = .new
  }

  /// The forward pass has succeeded.
  public mutating func endForward() { state = .wentForward }

  /// Running statistics are moved.
  ///
  /// - Precondition: a forward pass came before.
  public func checkStatistics() {
    precondition(state != .new, "statistics are those of a forward pass")
  }

  /// A backward pass begins.
  ///
  /// - Parameter cotangent: how many values are handed in.
  /// - Precondition: they fill the plan's batch; a forward pass came before, and no other backward
  ///   pass since.
  public mutating func beginBackward(cotangent: Int) {
    precondition(
      state == .wentForward, "every backward pass follows a forward pass of its own")
    precondition(cotangent == logitElements, "cotangents fill the plan's batch")
    state = .wentBackward
  }
}
