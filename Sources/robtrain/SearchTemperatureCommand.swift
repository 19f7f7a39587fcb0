import ArgumentParser
import CommandLineSupport
import Files
import Foundation
import Tensors
import Training

struct SearchTemperatureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search-temperature",
    abstract: "Searches the teacher's temperature for low-temperature distillation.",
    discussion: """
      Trains a network with every temperature of a coarse grid, then with some between the best and
      its neighbours. The most robust one on held-out training images wins; networks whose gradients
      mislead attacks are not eligible. The same command continues a search that was interrupted.
      """)

  @Option(help: "The coarse grid.")
  var temperatures: NumberList = NumberList(values: [1, 2, 5, 10])

  @Option(help: "Temperatures between the best and each of its neighbours.")
  var refine: Int = 2

  @Option(help: "ltd or ltd-awp.")
  var recipe: String = "ltd"

  @OptionGroup var setup: SetupOptions

  @Option(help: "The search's folder; named after the settings, below checkpoints, by default.")
  var output: String?

  func run() async throws {
    try RankProcess.requireOne("search-temperature")
    var search = try TemperatureSearch(coarse: temperatures.values, refinements: refine)
    let set = try setup.data.load()
    let title = try checkedTitle(set)
    let folder = output ?? setup.defaultFolder("\(title)-temperatures")
    let owned = try claim(folder, search: temperatures.values, on: set)
    defer { withExtendedLifetime(owned) {} }
    let interruption = Interruption(of: "robtrain")
    try await interruption.watching {
      while let (temperature, stage) = search.next {
        let resistance = try await resistance(
          at: temperature, on: set, below: folder, until: interruption)
        search.add(
          TemperatureSearch.Trial(
            temperature: temperature, stage: stage, resistance: resistance))
        try AtomicFile.write(search.csv, to: folder + "/temperatures.csv")
        try AtomicFile.write(
          search.markdown(title: title, command: repeatingCommand),
          to: folder + "/temperatures.md")
      }
    }
    try StandardOutput.writeLine(
      "temperature: \(search.best.map { "\($0.temperature)" } ?? "none gave a robust network")")
    try StandardOutput.writeLine("report: \(folder)/temperatures.md")
  }

  /// Makes the search's folder this process's.
  private func claim(
    _ folder: String, search coarse: [Double], on set: TrainingSet
  ) throws -> RunFolder {
    let (published, title) = try setup.published(
      recipe, for: set, temperature: coarse[0])
    let first = try setup.prepared(published, title: title, on: set).settings
    return try RunFolder.claim(
      folder, for: TemperatureSearchSettings(coarse: coarse, refinements: refine, first: first)
    ).folder
  }

  private func checkedTitle(_ set: TrainingSet) throws -> String {
    let (published, title) = try setup.published(recipe, for: set)
    let terms = published.recipe.loss.terms
    guard terms.contains(where: { ($0.term as? SoftEntropy)?.tempering == .labels }) else {
      throw TrainingError(
        .recipe, problem: "\(recipe) is neither ltd nor ltd-awp")
    }
    if setup.options.temperature != nil {
      throw TrainingError(
        .temperature, problem: "is what is searched; give `temperatures` to say where")
    }
    if set.heldOut.isEmpty {
      throw TrainingError(
        .heldOut, problem: "the search chooses by held-out images; hold some out")
    }
    return title
  }

  /// Trains with a temperature, unless that was done, and measures the network.
  private func resistance(
    at temperature: Double, on set: TrainingSet, below folder: String,
    until interruption: Interruption
  ) async throws -> Resistance {
    let (published, title) = try setup.published(
      recipe, for: set, temperature: temperature)
    let prepared = try setup.prepared(published, title: title, on: set)
    let directory = try TrainingDirectory(
      "\(folder)/temperature-\(temperature)", settings: prepared.settings)
    defer { withExtendedLifetime(directory) {} }
    let path = directory.path + "/resistance.json"
    if try FileContents.exist(at: path) {
      let bytes = try FileContents.read(path, limit: 1 << 16)
      guard let known = try? JSONDecoder().decode(Resistance.self, from: Data(bytes)) else {
        throw FileError(path, problem: "is damaged; delete it, and it is measured again")
      }
      return known
    }
    try await directory.whileOwned {
      try await prepared.train(in: directory, until: interruption)
    }
    let recipe = published.recipe
    let resistance = try await prepared.learner.resistance(
      on: set.heldOut, of: set.dataset,
      to: SelectionAttack(
        steps: 10, radius: recipe.radius.full, norm: recipe.crafting?.norm ?? .linf),
      random: RandomStream(seed: setup.seed))
    try AtomicFile.write(
      String(decoding: JSONEncoder().encode(resistance), as: UTF8.self), to: path)
    return resistance
  }
}

/// Numbers separated by commas.
struct NumberList: ExpressibleByArgument {
  var values: [Double]

  init(values: [Double]) { self.values = values }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      Double($0.trimmingCharacters(in: .whitespaces))
    }
    values = parts.compactMap { $0 }
    if values.count != parts.count { return nil }
  }

  var defaultValueDescription: String { values.map { "\($0)" }.joined(separator: ",") }
}
