public import ArgumentParser
import CommandLineSupport
import Execution
public import Files
import Training

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a network by a recipe (the default command).",
    discussion: """
      Example: robtrain trades --arch resnet8 --data cifar-10-batches-bin
      The same command continues a run that was interrupted.
      """)

  @Argument(help: "The recipe; see `recipes`.")
  var recipe: String

  @OptionGroup var setup: SetupOptions

  @Option(help: "The run's folder; named after the settings, below checkpoints, by default.")
  var output: String?

  @Flag(help: "Ends a run that overfits catastrophically, with exit code 65 and best.h5 of before.")
  var stopOnOverfitting = false

  @Option(help: "The kernels in final.h5 and best.h5: single or half (float16, half the size).")
  var store: FloatStorage = .single

  @Flag(help: "Prints recipe, cost and memory, measured on one step, and trains nothing.")
  var dryRun = false

  func run() async throws {
    let interruption = Interruption(of: "robtrain")
    try await RankProcess.together(endedBy: interruption) { ranks in
      let prepared = try ranks.agreeing { try self.prepared(among: ranks) }
      if dryRun {
        try StandardOutput.write(
          try await DryRun(
            prepared.settings, on: prepared.set, model: prepared.model, learner: prepared.learner
          ).text)
      } else {
        try await train(prepared, among: ranks, until: interruption)
      }
    }
  }

  private func prepared(among ranks: any Ranks) throws -> PreparedRun {
    let set = try setup.data.load()
    let (published, title) = try setup.published(recipe, for: set)
    if stopOnOverfitting && !published.recipe.mayOverfitCatastrophically {
      throw TrainingError(
        .stopOnOverfitting,
        problem: "only recipes that craft with one step are watched; leave it out")
    }
    return try setup.prepared(
      published, title: title, on: set, checksums: !dryRun, among: ranks)
  }

  private func train(
    _ prepared: PreparedRun, among ranks: any Ranks, until interruption: Interruption
  ) async throws {
    try await prepared.learner.requireAgreement(
      on: prepared.settings.json,
      else: "was started with other settings or has other data than rank 0")
    let path = output ?? setup.defaultFolder(prepared.settings.title)
    // Rank 0 makes the folder, and the others find it made.
    let directory = try ranks.agreeing {
      ranks.number > 0
        ? TrainingDirectory(following: path)
        : try TrainingDirectory(path, settings: prepared.settings)
    }
    // The folder is this process's until the report is written.
    defer { withExtendedLifetime(directory) {} }
    try await interruption.watching {
      try await directory.whileOwned {
        try await prepared.train(
          in: directory, until: interruption, storage: store, stopsOnOverfitting: stopOnOverfitting)
      }
    }
    try StandardOutput.writeLine("checkpoint: \(directory.finalPath)")
    if !prepared.set.heldOut.isEmpty {
      try StandardOutput.writeLine("most robust on held-out images: \(directory.bestPath)")
    }
    try StandardOutput.writeLine("report: \(directory.reportPath)")
  }
}

extension FloatStorage: ExpressibleByArgument {}
