import Analysis
import ArgumentParser
import Attacks
import Datasets
import Evaluation
import Execution
import Tensors

struct AnalyzeDiversityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diversity",
    abstract: "How far apart the particles of SVGD and of BSS lie, by their number.",
    discussion: """
      Means and deviations of squared distances (Nguyen-Duc et al., WACV 2023, Fig. 1), and how many \
      particles fool. Example: robeval analyze diversity teacher.h5 --examples 3 --particles 2,4,8
      """)

  @Argument(help: "One checkpoint or more.")
  var networks: [String]

  @OptionGroup var network: NetworkOptions
  @OptionGroup var images: DataOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: AnalysisOutputOptions

  @Option(help: "The numbers of particles.")
  var particles = "2,4,8,16"

  @Option(help: "The radius of the L2 ball, in the space's coordinates.")
  var radius: Float = 0.3

  @Option(help: "Steps of SVGD; BSS has at most ten.")
  var steps = 5

  @Option(help: "The width of SVGD's kernel: a number, or median.")
  var sigma = "0.001"

  @Option(help: "What SVGD ascends: kl, ce or mse-softmax.")
  var loss = "kl"

  @OptionGroup var space: SpaceOptions

  @Option(help: "Decides the starts.")
  var seed: UInt64 = 0

  private var counts: [Int] {
    get throws {
      guard let numbers = numberList(particles, where: (2...1024).contains), !numbers.isEmpty
      else {
        throw ValidationError(
          "--particles are whole numbers from 2 to 1024, such as 2,4,8; one particle has no distance"
        )
      }
      return numbers
    }
  }

  private var bandwidth: SteinParticles.Bandwidth {
    get throws {
      if sigma == "median" { return .median }
      guard let width = Float(sigma), width > 0, width.isFinite else {
        throw ValidationError("--sigma is a number above 0, or median")
      }
      return .fixed(width)
    }
  }

  func validate() throws {
    _ = try (counts, bandwidth)
    guard radius > 0, radius.isFinite else { throw ValidationError("--radius must be above 0") }
    guard steps > 0 else { throw ValidationError("--steps must be at least 1") }
    guard SteinParticles.Ascended(rawValue: loss) != nil else {
      throw ValidationError(
        "--loss is one of "
          + SteinParticles.Ascended.allCases.map(\.rawValue).joined(separator: ", "))
    }
  }

  func run() async throws {
    let compared = try ComparedNetworks(networks, network)
    let folder = try output.folder("diversity", compared.sources)
    let dataset = try images.dataset(for: compared.checkpoints[0])
    let positions = try images.positions(in: dataset)
    let space = try space.chosen(for: dataset)
    let search = ParticleSearch(
      stein: SteinParticles(
        steps: steps, bandwidth: try bandwidth,
        loss: SteinParticles.Ascended(rawValue: loss) ?? .divergence, space: space),
      boundary: BoundarySupportingSample(space: space), radius: radius, seed: seed)
    let engines = try compared.engines(compute, images: positions.count)
    var groups: [DiversityAnalysis.Group] = []
    for (number, engine) in engines.enumerated() {
      groups += try await clouds(
        of: engine, number, positions.map { dataset.example(at: $0) }, by: search)
    }
    guard groups.contains(where: { $0.clouds.contains { $0.fooling > 0 } }) else {
      throw EvaluationError(
        kind: .data, place: compared.sources[0].file,
        problem:
          "no particle fools the network, so there is nothing to compare; give a larger --radius or "
          + "more --steps or --examples")
    }
    let source = compared.source(
      "diversity", on: dataset, images: positions.count, state: "clean, where classified correctly",
      backend: engines[0].backend)
    try output.write(
      try DiversityPages(DiversityAnalysis(groups, by: search), of: source).folder(), to: folder)
  }

  private func clouds(
    of engine: SearchEngine, _ number: Int, _ examples: [Example], by search: ParticleSearch
  ) async throws -> [DiversityAnalysis.Group] {
    let logits = try await engine.pool.map(examples) { try await $1.logits(at: $0.image) }
    let correct = zip(examples, logits).filter { $0.label == $1.argmax }
      .map { Start(example: $0, logits: $1) }
    var groups: [DiversityAnalysis.Group] = []
    for method in ParticleCloud.Method.allCases {
      for count in try counts {
        let clouds = try await engine.pool.map(correct) { start, oracle in
          try await search.cloud(
            by: method, of: count, around: start.example, logits: start.logits, asking: oracle)
        }
        groups.append(.init(network: number, method: method, particles: count, clouds: clouds))
      }
    }
    return groups
  }

  private struct Start: Sendable {
    let example: Example
    let logits: [Float]
  }
}
