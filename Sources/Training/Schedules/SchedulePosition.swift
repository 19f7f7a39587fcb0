/// Where in its run a training step stands.
public struct SchedulePosition: Hashable, Sendable {
  /// From 1.
  public var epoch: Int
  /// The step within the epoch, from 0.
  public var step: Int
  /// How many steps an epoch has.
  public var stepsPerEpoch: Int
  /// How many epochs the run has.
  public var epochs: Int

  /// Creates a position.
  ///
  /// - Parameters:
  ///   - epoch: from 1.
  ///   - step: the step within the epoch, from 0.
  ///   - stepsPerEpoch: how many steps an epoch has.
  ///   - epochs: how many epochs the run has.
  public init(epoch: Int, step: Int = 0, stepsPerEpoch: Int = 1, of epochs: Int) {
    self.epoch = epoch
    self.step = step
    self.stepsPerEpoch = stepsPerEpoch
    self.epochs = epochs
  }
}
