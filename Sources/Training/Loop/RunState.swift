/// Everything a run must remember to go on as if it had never stopped.
public struct RunState: Sendable {
  /// What the learner carries from step to step.
  public var training: TrainingState
  /// The running average of weights; empty where none is kept.
  public var average = WeightAverage()
  /// Where the run stands and what it has seen.
  public var progress = RunProgress()

  /// Begins a run.
  ///
  /// - Parameter training: what the learner begins with.
  public init(training: TrainingState) { self.training = training }
}

/// Where a run stands and what it has seen, without weights.
public struct RunProgress: Codable, Hashable, Sendable {
  /// The epoch under way, from 1; one more than all epochs when the run is over.
  public var epoch = 1
  /// How many steps of it were taken.
  public var step = 0
  /// The sums over those steps.
  public var sums = EpochSums()
  /// The epochs that ended.
  public var history: [EpochRecord] = []
  /// What was noticed of catastrophic overfitting; nil where nothing is watched.
  public var watch: OverfittingWatch?

  /// Begins a run.
  public init() {}

  /// The epoch whose network was the most robust on held-out images, or the most accurate where
  /// nothing was attacked; the first of equals.
  public var best: EpochRecord? {
    var best: (record: EpochRecord, accuracy: Double)?
    for record in history {
      guard let accuracy = record.heldOutRobust ?? record.heldOutClean else { continue }
      if accuracy > best?.accuracy ?? -1 { best = (record, accuracy) }
    }
    return best?.record
  }
}

/// Sums over the steps of an epoch.
public struct EpochSums: Codable, Hashable, Sendable {
  /// How many images went through.
  public var images = 0
  /// The sum of losses over images.
  public var loss = 0.0
  /// The sums of the loss's parts over images.
  public var parts: [String: Double] = [:]
  /// How many clean images were classified correctly; nil if none went through.
  public var correct: Int?
  /// How many perturbed images were; nil if none went through.
  public var robust: Int?
  /// Seconds spent, evaluation not included.
  public var seconds = 0.0

  /// Begins an epoch.
  public init() {}

  /// Adds a step.
  ///
  /// - Parameters:
  ///   - report: what the step was like.
  ///   - images: how many it took.
  ///   - seconds: how long it took.
  public mutating func add(_ report: StepReport, images: Int, seconds: Double) {
    self.images += images
    loss += report.loss * Double(images)
    for (name, part) in report.parts { parts[name, default: 0] += part * Double(images) }
    if let correct = report.correct { self.correct = (self.correct ?? 0) + correct }
    if let robust = report.robust { self.robust = (self.robust ?? 0) + robust }
    self.seconds += seconds
  }
}

/// What an epoch was like.
public struct EpochRecord: Codable, Hashable, Sendable {
  /// From 1.
  public var epoch: Int
  /// The learning rate of its first step.
  public var learningRate: Double
  /// The radius of perturbations.
  public var radius: Double
  /// The mean loss.
  public var loss: Double
  /// The means of its parts.
  public var parts: [String: Double]
  /// The share of training images that were classified correctly in training mode.
  public var trainClean: Double?
  /// The share of perturbed training images that were.
  public var trainRobust: Double?
  /// The accuracy on held-out images.
  public var heldOutClean: Double?
  /// That under projected gradient descent.
  public var heldOutRobust: Double?
  /// How long it took, evaluation not included.
  public var seconds: Double
  /// How many images it saw a second.
  public var imagesPerSecond: Double

  /// Sums up an epoch.
  ///
  /// - Parameters:
  ///   - epoch: from 1.
  ///   - sums: over its steps.
  ///   - learningRate: of its first step.
  ///   - radius: of perturbations.
  public init(epoch: Int, sums: EpochSums, learningRate: Double, radius: Double) {
    let images = Double(max(sums.images, 1))
    self.epoch = epoch
    self.learningRate = learningRate
    self.radius = radius
    loss = sums.loss / images
    parts = sums.parts.mapValues { $0 / images }
    trainClean = sums.correct.map { Double($0) / images }
    trainRobust = sums.robust.map { Double($0) / images }
    seconds = sums.seconds
    imagesPerSecond = sums.seconds > 0 ? images / sums.seconds : 0
  }
}
