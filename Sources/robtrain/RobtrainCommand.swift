import ArgumentParser
import Execution
import Files
import Foundation
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
    do {
      var command = try parseAsRoot(hyphenated(Array(CommandLine.arguments.dropFirst())))
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      finish(error)
    }
  }

  /// Options may be written with `_` in place of `-`, as in Python's tools.
  private static func hyphenated(_ arguments: [String]) -> [String] {
    arguments.map { argument in
      guard argument.hasPrefix("--"), argument.count > 2 else { return argument }
      let name = argument.prefix { $0 != "=" }
      return name.replacing("_", with: "-") + String(argument.dropFirst(name.count))
    }
  }

  /// One sentence on standard error, and the exit code that says whose fault it was.
  private static func finish(_ error: any Error) -> Never {
    let code: Int32
    switch error {
    case let error as FileError: code = error.exitCode
    case let error as TrainingError: code = error.exitCode
    case is BackendError, is GraphError: code = 65
    default: finishParsing(error)
    }
    FileHandle.standardError.write(Data("robtrain: \(error)\n".utf8))
    Foundation.exit(code)
  }

  /// Help and version as they are; a wrong command line in one sentence, without the whole usage.
  private static func finishParsing(_ error: any Error) -> Never {
    let code = exitCode(for: error)
    if code.isSuccess { exit(withError: error) }
    let problem = message(for: error).split(separator: "\n").joined(separator: " ")
    let hint = code == .validationFailure ? " (see robtrain --help)" : ""
    FileHandle.standardError.write(Data("robtrain: \(problem)\(hint)\n".utf8))
    Foundation.exit(code.rawValue)
  }
}

/// What this program is called.
enum Version {
  static let text = "robtrain 0.1.0"
}
