import Analysis
import ArgumentParser
import Attacks
import Checkpoints
import Datasets
import Evaluation
import Execution
import Tensors

struct AnalyzeSimilarityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "similarity",
    abstract: "How alike the decision boundaries of students are to a teacher's.",
    discussion: """
      MagSim and AngSim (Heo et al., AAAI 2019) by the attack BSS, from images that both networks classify \
      correctly. Example: robeval analyze similarity teacher.h5 kd.h5 kd-tald.h5 --examples 200
      """)

  @Argument(help: "The teacher's checkpoint.")
  var teacher: String

  @Argument(help: "The students' checkpoints.")
  var students: [String]

  @OptionGroup var network: NetworkOptions
  @OptionGroup var images: DataOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: AnalysisOutputOptions

  @Option(help: "The largest number of steps of the attack.")
  var steps = 10

  @Option(help: "How far a step goes for a unit of logits.")
  var rate: Float = 0.3

  @Option(
    help: "How many of the teacher's likeliest wrong classes; all up to ten classes, else 5.")
  var targets: Int?

  @OptionGroup var space: SpaceOptions

  @Flag(help: "The published program's space: normalised, between −2.5 and 2.5.")
  var authorSpace = false

  @Option(help: "Decides the draws of the bootstrap.")
  var seed = 0

  func validate() throws {
    guard steps > 0, rate > 0, rate.isFinite else {
      throw ValidationError("--steps and --rate must be above 0")
    }
    if let targets, targets < 1 { throw ValidationError("--targets must be at least 1") }
    if authorSpace, space.space != nil {
      throw ValidationError("--author-space is a space; leave out --space")
    }
  }

  func run() async throws {
    let compared = try ComparedNetworks([teacher] + students, network)
    let folder = try output.folder("similarity", compared.sources)
    let dataset = try images.dataset(for: compared.checkpoints[0])
    let positions = try images.positions(in: dataset)
    let attack = BoundarySupportingSample(steps: steps, rate: rate, space: try chosenSpace(dataset))
    let examples = positions.map { dataset.example(at: $0) }
    let classes = compared.checkpoints[0].classes
    let count = targets ?? (classes <= 10 ? classes - 1 : 5)
    guard count < classes else {
      throw EvaluationError(
        kind: .usage, place: "--targets", problem: "is at most \(classes - 1), the wrong classes")
    }
    let engines = try compared.engines(compute, images: examples.count)
    let pairs = try await SimilaritySearch(
      engines: engines, attack: attack, targets: count
    ).pairs(of: examples)
    guard pairs.contains(where: { $0.contains(where: \.isUsed) }) else {
      throw EvaluationError(
        kind: .data, place: dataset.name,
        problem:
          "there is no image that teacher and student classify correctly and on which both attacks "
          + "change the class; give more --examples or --steps")
    }
    // Which class is raised is this analysis' choice and not the attack's.
    let analysis = SimilarityAnalysis(
      pairs, attack: attack.settings.filter { $0.key != "target" }, targets: count, seed: seed)
    let source = compared.source(
      "similarity", on: dataset, images: examples.count, state: "clean",
      backend: engines[0].backend)
    try output.write(try SimilarityPages(analysis, of: source).folder(), to: folder)
  }

  private func chosenSpace(_ dataset: Dataset) throws -> InputSpace {
    if !authorSpace { return try space.chosen(for: dataset) }
    let published = InputSpace.Name.bss.space
    return try SpaceOptions.checked(
      InputSpace(
        mean: published.mean, deviation: published.deviation, bounds: -2.5...2.5),
      "--author-space", for: dataset)
  }
}

/// Attacks teacher and students from the same images, some images at a time, so that memory does not
/// grow with their number.
private struct SimilaritySearch {
  let engines: [SearchEngine]
  let attack: BoundarySupportingSample
  let targets: Int

  func pairs(of examples: [Example]) async throws -> [[BoundaryPair]] {
    var pairs = [[BoundaryPair]](repeating: [], count: engines.count - 1)
    for start in stride(from: 0, to: examples.count, by: 32) {
      let part = Array(examples[start..<min(start + 32, examples.count)])
      var correct: [[Bool]] = []
      var teacherLogits: [[Float]] = []
      for engine in engines {
        let logits = try await engine.pool.map(part) { try await $1.logits(at: $0.image) }
        correct.append(zip(logits, part).map { $0.argmax == $1.label })
        if teacherLogits.isEmpty { teacherLogits = logits }
      }
      let wanted = part.indices.filter { place in
        correct[0][place] && correct.dropFirst().contains { $0[place] }
      }
      let aims = wanted.map { place in
        Aim(
          place: place, example: part[place],
          targets: BoundaryCrossing.targets(
            teacherLogits[place], base: part[place].label, likeliest: targets))
      }
      let own = try await crossings(aims, engines[0])
      for (student, engine) in engines.dropFirst().enumerated() {
        let shared = zip(aims, own).filter { correct[student + 1][$0.0.place] }
        let other = try await crossings(shared.map(\.0), engine)
        for ((aim, teacher), found) in zip(shared, other) {
          pairs[student] += zip(teacher, found).map {
            BoundaryPair($0, $1, index: aim.example.index, base: aim.example.label)
          }
        }
      }
    }
    return pairs
  }

  private struct Aim: Sendable {
    let place: Int
    let example: Example
    let targets: [Int]
  }

  private func crossings(
    _ aims: [Aim], _ engine: SearchEngine
  ) async throws -> [[BoundaryCrossing]] {
    let attack = attack
    return try await engine.pool.map(aims) { aim, oracle in
      try await BoundaryCrossing.all(
        from: aim.example.image, base: aim.example.label, toward: aim.targets, by: attack,
        asking: oracle)
    }
  }
}
