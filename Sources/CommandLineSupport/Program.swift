public import ArgumentParser
internal import Files
internal import Foundation

/// What both programs do around their commands: reading the command line, and ending.
public struct Program<Root: ParsableCommand>: Sendable {
  private let defaultArguments: [String]
  private let meaningsOfCommands: [String: String]
  private let meaningsOfOptions: [String: String]
  private let sentence: @Sendable (any Error) -> String
  private let exitCode: @Sendable (any Error) -> Int32?

  /// Describes a program.
  ///
  /// - Parameters:
  ///   - root: the command that has all others.
  ///   - defaultArguments: what may stand first where no command is named.
  ///   - meaningsOfCommands: commands as other programs name them.
  ///   - meaningsOfOptions: options as other programs name them, with their hyphens.
  ///   - sentence: what is said of an error that ends a command.
  ///   - exitCode: of the errors that end a command; nil for those of the parser.
  public init(
    _ root: Root.Type, defaultArguments: [String] = [],
    meaningsOfCommands: [String: String] = [:], meaningsOfOptions: [String: String] = [:],
    sentence: @escaping @Sendable (any Error) -> String = { "\($0)" },
    exitCode: @escaping @Sendable (any Error) -> Int32?
  ) {
    self.defaultArguments = defaultArguments
    self.meaningsOfCommands = meaningsOfCommands
    self.meaningsOfOptions = meaningsOfOptions
    self.sentence = sentence
    self.exitCode = exitCode
  }

  /// Runs what the command line says, and ends the process where that fails.
  public func run() async {
    StandardOutput.prepare()
    let words = CommandWords.normalized(Array(CommandLine.arguments.dropFirst()))
    do {
      try CommandWords.checkThatAllIsText()
      try checkCommand(words)
      try checkThatNothingIsGivenTwice(words)
      var command = try Root.parseAsRoot(words)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      finish(error, words)
    }
  }

  private var name: String { Root.configuration.commandName ?? "\(Root.self)" }

  /// One sentence on standard error, and the exit code that says whose fault it was.
  private func finish(_ error: any Error, _ words: [String]) -> Never {
    switch error {
    case let error as UsageError: end(error.exitCode, "\(error)")
    case let error as FileError: end(error.exitCode, "\(error)")
    default:
      if let code = exitCode(error) { end(code, sentence(error)) }
      finishParsing(error, words)
    }
  }

  private func end(_ code: Int32, _ sentence: String) -> Never {
    StandardError.write("\(name): \(sentence)\n")
    exit(code)
  }

  /// Help and version as they are; a wrong command line in one sentence, without the whole usage.
  private func finishParsing(_ error: any Error, _ words: [String]) -> Never {
    let code = Root.exitCode(for: error)
    if code.isSuccess {
      do throws(FileError) {
        try StandardOutput.writeLine(helpOfRoot(words) ?? Root.fullMessage(for: error))
      } catch { end(error.exitCode, "\(error)") }
      exit(0)
    }
    guard code == .validationFailure else {
      end(code.rawValue, oneLine(Root.message(for: error)))
    }
    let sentence = unknownOption(in: words) ?? oneLine(Root.message(for: error))
    end(
      code.rawValue,
      "\(sentence) (see \(([name] + names(commandsNamed(in: words))).joined(separator: " ")) --help)"
    )
  }

  private func oneLine(_ text: String) -> String {
    text.split(separator: "\n").joined(separator: " ")
  }
}

extension Program {
  private var subcommands: [any ParsableCommand.Type] {
    Root.configuration.subcommands.filter { $0.configuration.shouldDisplay }
  }

  private func names(_ commands: [any ParsableCommand.Type]) -> [String] {
    commands.compactMap { $0.configuration.commandName }
  }

  /// The command that is named, with the one that it belongs to before it, if one is named.
  private func commandsNamed(in words: [String]) -> [any ParsableCommand.Type] {
    var (commands, known) = ([any ParsableCommand.Type](), Root.configuration.subcommands)
    for word in words {
      guard let next = known.first(where: { $0.configuration.commandName == word }) else { break }
      commands.append(next)
      known = next.configuration.subcommands
    }
    return commands
  }

  /// The first word is an option, a command, or what the default command may begin with.
  private func checkCommand(_ words: [String]) throws(UsageError) {
    var words = words[...]
    if words.first == "help" { words = words.dropFirst() }
    guard let word = words.first, !word.hasPrefix("-") else { return }
    if names(Root.configuration.subcommands).contains(word) || defaultArguments.contains(word) {
      return
    }
    let known = names(subcommands) + defaultArguments
    let near = NearestNames(known, meanings: meaningsOfCommands).question(for: word)
    throw UsageError(
      word,
      "is no command"
        + (defaultArguments.isEmpty ? "" : " and no recipe")
        + "; " + (near ?? "see \(name) --help"))
  }

  /// The sentence about the first option that the command does not have; nil where it has all.
  private func unknownOption(in words: [String]) -> String? {
    guard let command = commandMeant(in: words) else { return nil }
    let known = CommandOptions(in: Root.helpMessage(for: command, columns: 1000)).names
    let given = words.prefix { $0 != "--" }.filter { word in
      let letters = word.drop { $0 == "-" }
      return word.hasPrefix("-") && (letters.first?.isLetter ?? false)
    }.map { String($0.prefix { $0 != "=" }) }
    guard let option = given.first(where: { !known.contains($0) }) else { return nil }
    let long = known.filter { $0.hasPrefix("--") }.sorted()
    let near = NearestNames(long, meanings: meaningsOfOptions).question(for: option)
    return "\(option): is no option" + (near.map { "; " + $0 } ?? "")
  }

  /// The parser would take the last of them without a word.
  private func checkThatNothingIsGivenTwice(_ words: [String]) throws(UsageError) {
    guard let command = commandMeant(in: words) else { return }
    let options = CommandOptions(in: Root.helpMessage(for: command, columns: 1000))
    guard let option = options.firstGivenTwice(in: words) else { return }
    throw UsageError(option, "is given twice; leave one of them out")
  }

  private func commandMeant(in words: [String]) -> (any ParsableCommand.Type)? {
    commandsNamed(in: words).last ?? Root.configuration.defaultSubcommand
  }

  /// The first page of help: the commands, and what is understood where none is named.
  private func helpOfRoot(_ words: [String]) -> String? {
    guard words == ["--help"] || words == ["-h"] || words == ["help"],
      let command = Root.configuration.defaultSubcommand,
      let name = command.configuration.commandName
    else { return nil }
    let page = Root.helpMessage()
    let own = Root.helpMessage(for: command)
    guard let start = own.range(of: "USAGE: ") else { return page }
    return page + "\n\nWITHOUT A SUBCOMMAND, \(name) IS MEANT:\n\n" + own[start.lowerBound...]
  }
}
