import ArgumentParser
import CommandLineSupport
import Execution
import Files
import Graphs
import Training

@main
struct RobtrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "robtrain",
    abstract: "Trains image classifiers to be robust against adversarial perturbations.",
    discussion: """
      Exit codes: 0 done · 1 internal failure · 64 wrong usage · 65 bad data, checkpoint or loss · \
      66 missing input · 74 cannot write · 75 interrupted, the same command goes on.
      """,
    version: Version.text,
    subcommands: [
      TrainCommand.self, SearchTemperatureCommand.self, RecipesCommand.self,
    ],
    defaultSubcommand: TrainCommand.self)

  static func main() async {
    HeapMemory.returnsLargeBlocks()
    RankProcess.begin()
    await Program(
      Self.self, defaultArguments: PublishedRecipe.all(classes: 10).map(\.recipe.name),
      meaningsOfCommands: ForeignNames.commands, meaningsOfOptions: ForeignNames.options,
      sentence: { ($0 as? TrainingError)?.optionText ?? "\($0)" }
    ) { error in
      switch error {
      case let error as TrainingError: error.exitCode
      case is BackendError, is GraphError: 65
      default: nil
      }
    }.run()
  }
}

/// What this program is called.
enum Version {
  static let text = "robtrain \(PackageVersion.number)"
}
