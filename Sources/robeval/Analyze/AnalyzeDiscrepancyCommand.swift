import Analysis
import ArgumentParser
import CommandLineSupport
import Evaluation

struct AnalyzeDiscrepancyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "discrepancy",
    abstract: "Simulates how far one-hot and soft labels are from true ones.",
    discussion: """
      The simulation of Chen & Lee, LTD, 2021, appendix, beside closed forms; it needs no checkpoint. \
      Example: robeval analyze discrepancy --gamma 0.5
      """)

  @OptionGroup var output: AnalysisOutputOptions

  @Option(help: "How many images are drawn.")
  var images = 100_000

  @Option(help: "The share of ambiguous images.")
  var ambiguous = 0.03

  @Option(help: "The second class' probability of ambiguous images.")
  var gamma = 0.4

  @Option(help: "The second class' probability of the others.")
  var epsilon = 0.001

  @Option(help: "By how much more concentrated soft labels are than true ones.")
  var scales = "1,3,10,30,100"

  @Option(help: "Decides everything drawn.")
  var seed = 0

  private var factors: [Double] {
    get throws {
      guard let numbers = positiveNumbers(scales)
      else { throw ValidationError("--scales are numbers above 0, such as 1,10,100") }
      return numbers
    }
  }

  func validate() throws {
    _ = try factors
    guard (1...100_000_000).contains(images) else {
      throw ValidationError("--images is from 1 to 100000000")
    }
    guard (0...1).contains(ambiguous) else { throw ValidationError("--ambiguous is from 0 to 1") }
    guard 0 < epsilon, epsilon < gamma, gamma < 0.8 else {
      throw ValidationError("--epsilon is above 0 and below --gamma, which is below 0.8")
    }
  }

  func run() throws {
    var settings = DiscrepancySimulation.Settings()
    (settings.images, settings.ambiguous) = (images, ambiguous)
    (settings.gamma, settings.epsilon, settings.seed) = (gamma, epsilon, seed)
    let folder = try output.folder("discrepancy", [])
    let simulation = DiscrepancySimulation(settings, scales: try factors)
    let command = ShellText.repeating("robeval")
    try output.write(
      try DiscrepancyPages(simulation, version: Version.text, command: command).folder(),
      to: folder)
  }
}
