import ArgumentParser
import Attacks
import CommandLineSupport
import Evaluation
import Execution

@main
struct RobevalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "robeval",
    abstract: "Measures how robust an image classifier is against adversarial perturbations.",
    discussion: """
      Exit codes: 0 done · 1 internal failure · 3 below --fail-under · 4 not reliable (--strict) · \
      64 wrong usage · 65 bad data or checkpoint · 66 missing input · 74 cannot write · 75 interrupted, the same command goes on.
      """,
    version: Version.text,
    subcommands: [
      EvaluateCommand.self, CorruptionsCommand.self, MergeCommand.self, VerifyCommand.self,
      DiffCommand.self, ReportCommand.self, AnalyzeCommand.self, PredictCommand.self,
      ImportCommand.self, ExportCommand.self,
      InspectCommand.self, ArchitecturesCommand.self, ModelsCommand.self,
      AttacksCommand.self, DevicesCommand.self, FuzzBatchCommand.self, DeviceBenchmarkCommand.self,
      FuzzRunsCommand.self,
    ],
    defaultSubcommand: EvaluateCommand.self)

  static func main() async {
    HeapMemory.returnsLargeBlocks()
    await Program(
      Self.self, meaningsOfCommands: ForeignNames.commands, meaningsOfOptions: ForeignNames.options
    ) { error in
      switch error {
      case let error as EvaluationError: error.exitCode
      case is AttackError: 64
      case is BackendError: 65
      case is CancellationError: 75
      default: nil
      }
    }.run()
  }
}

/// What this program and its parts are called.
enum Version {
  static let text = ProgramVersion.text
}
