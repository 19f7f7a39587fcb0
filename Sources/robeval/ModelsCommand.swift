import ArgumentParser
import Checkpoints
import CommandLineSupport
import Graphs
import Reports

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Lists the published models of RobustBench and what is said of them there.",
    discussion: """
      The weights come from their authors; `import --as NAME` takes architecture and normalisation \
      from this list. Accuracies are RobustBench's, in percent; “best” is the lowest one stated, \
      where that is not AutoAttack's, and for corruptions the mean.
      """)

  @Argument(help: "Only models in whose name, data set, threat, architecture or paper this occurs.")
  var filter: String?

  @Option(help: "md, csv or json.")
  var format: ModelListFormat = .md

  func run() throws {
    let models = PublishedModel.all.filter { filter.map($0.mentions) ?? true }
    if let filter, models.isEmpty {
      throw UsageError(
        "FILTER",
        "“\(filter)” occurs in none of the \(PublishedModel.all.count) models; leave it out for all"
      )
    }
    try StandardOutput.write(
      format.text(Self.columns, models.map(Self.row)))
    if format == .md {
      try StandardOutput.writeLine("\n\(models.count) of \(PublishedModel.all.count) models")
    }
  }

  private static let columns = [
    "model", "dataset", "threat", "eps", "architecture", "normalization", "preprocessing", "clean",
    "autoattack", "best", "paper", "venue",
  ]

  private static func row(_ model: PublishedModel) -> [String] {
    let unknown = "not stated"
    return [
      model.name, model.dataset, model.threat, model.eps ?? "",
      model.architecture ?? "\(model.statedArchitecture) (not yet)", model.scaling.text,
      model.preprocessing ?? "", model.clean,
      model.autoAttack ?? (model.threat == "corruptions" ? "" : unknown), model.best ?? "",
      model.title, model.venue,
    ]
  }
}

extension PublishedModel.Scaling {
  /// As `import --mean` and `--std` take them.
  var text: String {
    switch self {
    case .none: "none"
    case .file: "in the file"
    case .perImage: "per image"
    case .unknown: "not stated"
    case .constants(let constants):
      constants.mean.map { "\($0)" }.joined(separator: ",") + " / "
        + constants.deviation.map { "\($0)" }.joined(separator: ",")
    }
  }
}

/// How a list of models is written.
enum ModelListFormat: String, ExpressibleByArgument, CaseIterable {
  case md
  case csv
  case json

  func text(_ columns: [String], _ rows: [[String]]) -> String {
    switch self {
    case .md:
      let rule = columns.map { _ in "---" }
      return ([columns, rule] + rows).map { TableLine.markdown($0) + "\n" }.joined()
    case .csv:
      return ([columns] + rows).map { TableLine.csv($0) + "\n" }.joined()
    case .json:
      let objects = rows.map { row in
        "  {" + zip(columns, row).map { "\"\($0)\": \(jsonString($1))" }.joined(separator: ", ")
          + "}"
      }
      return "[\n" + objects.joined(separator: ",\n") + "\n]\n"
    }
  }

  private func jsonString(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}
