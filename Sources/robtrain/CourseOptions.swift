public import ArgumentParser
import Training

/// Options about the course of a run and its batches.
struct CourseOptions: ParsableArguments {
  @Option(
    help: """
      The learning rate's course: constant, steps, cosine, piecewise (drops counted in steps), \
      onecycle (with momentum) or triangle (step by step); the recipe's by default.
      """)
  var schedule: LearningRateSchedule.Shape?

  @Option(help: "Steps: the epochs from which on the rate is a tenth, for example 75,90.")
  var drops: EpochList?

  @Option(help: "One cycle: the share of epochs in which the rate rises.")
  var rise: Double?

  @Option(
    help: """
      The average of weights that is tested and written: none, ema (over steps) or epochs; the \
      recipe's by default.
      """)
  var average: WeightAveraging.Kind?

  @Option(help: "How much of the old average is kept; 0.995 for ema, 0.9 for epochs.")
  var averageDecay: Double?

  @Option(help: "The first epoch that is averaged; ema: the epochs before it begins.")
  var averageFrom: Double?

  @Option(help: "Images have a box of one another, of a size drawn from Beta(α, α); 0 for not.")
  var cutmix: Double?

  var changes: CourseChanges {
    var changes = CourseChanges()
    changes.schedule = schedule
    changes.drops = drops?.epochs
    changes.rise = rise
    changes.average = average
    changes.averageDecay = averageDecay
    changes.averageStart = averageFrom
    changes.cutMix = cutmix
    return changes
  }
}

extension LearningRateSchedule.Shape: ExpressibleByArgument {}
extension WeightAveraging.Kind: ExpressibleByArgument {}

/// Epochs as a command line lists them.
struct EpochList: ExpressibleByArgument {
  var epochs: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    epochs = parts.compactMap { $0 }
    guard epochs.count == parts.count else { return nil }
  }
}
