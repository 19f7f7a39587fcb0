import Analysis
import ArgumentParser
import Attacks
import Checkpoints
import CommandLineSupport
import Datasets
import Evaluation
import Execution
import Foundation
import Graphs
import Tensors

struct AnalyzeFeaturesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract:
      "A map of features of clean and adversarial images, and how well classes lie together.",
    discussion: """
      Exact t-SNE of what enters the last linear layer, on images of some classes and what PGD makes of them \
      for each network (Cui et al., NeurIPS 2024, Fig. 2). \
      Example: robeval analyze features ikl.h5 trades.h5 --data DIR --classes 0,3,5
      """)

  @Argument(help: "One checkpoint or more.")
  var networks: [String]

  @OptionGroup var network: NetworkOptions
  @OptionGroup var images: DataOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: AnalysisOutputOptions

  @Option(help: "Numbers of classes, such as 0,3,5; all up to 20, else 20 at random.")
  var classes: String?

  @Option(help: "What crafts adversarial images; see `attacks`.")
  var attack = "pgd(steps=20)"

  @Option(help: "The radius of the attack in Linf.")
  var eps = "8/255"

  @Option(help: "How many neighbours a point has, in effect.")
  var perplexity = 30.0

  @Option(help: "Steps of t-SNE.")
  var iterations = 1000

  @Option(help: "Decides which classes are shown, and the attack's random numbers.")
  var seed = 0

  func validate() throws {
    guard perplexity > 1, perplexity.isFinite else {
      throw ValidationError("--perplexity must be above 1")
    }
    guard (1...1_000_000).contains(iterations) else {
      throw ValidationError("--iterations is from 1 to 1000000")
    }
  }

  func run() async throws {
    let compared = try ComparedNetworks(networks, network)
    let folder = try output.folder("features", compared.sources)
    let dataset = try images.dataset(for: compared.checkpoints[0])
    let choice = try ClassChoice(classes, of: dataset, seed: seed)
    let examples = try images.positions(in: dataset).map { dataset.example(at: $0) }
      .filter { choice.classes.contains($0.label) }
    guard Set(examples.map(\.label)).count > 1, examples.count > 3 else {
      throw EvaluationError(
        kind: .data, place: dataset.name,
        problem: "has \(examples.count) images of the chosen classes here; a map needs four of two "
          + "classes: give more --examples or --classes")
    }
    let crafting = try Crafting(attack, eps, seed: seed)
    var settings = NeighbourEmbedding.Settings()
    (settings.perplexity, settings.iterations) = (perplexity, iterations)
    var (found, backend) = ([FeatureAnalysis.Network](), "")
    for (number, checkpoint) in compared.checkpoints.enumerated() {
      let tapped = try tapped(checkpoint, compared.sources[number].file)
      let engine = try compute.engine(for: checkpoint.model, images: examples.count)
      let adversarial = try await crafting.images(of: examples, engine)
      let reading = try compute.engine(for: tapped.model, images: examples.count)
      let clean = try await reading.outputs(
        at: examples.map(\.image), named: "features", of: networks[number])
      let other = try await reading.outputs(
        at: adversarial, named: "features", of: networks[number])
      let fooled = zip(other, examples).count {
        Array($0.prefix(tapped.classes)).argmax != $1.label
      }
      backend = engine.backend
      let progress = StepProgress(
        "map \(number + 1) of \(compared.checkpoints.count)", of: iterations)
      found.append(
        try FeatureAnalysis.Network(
          clean: clean.map { Array($0[tapped.taps[0].places]) },
          adversarial: other.map { Array($0[tapped.taps[0].places]) },
          labels: examples.map(\.label), fooled: fooled, settings: settings,
          threads: compute.lanes ?? ProcessInfo.processInfo.activeProcessorCount
        ) { step in
          progress.update(step)
          try Task.checkCancellation()
        })
      progress.end()
    }
    let analysis = FeatureAnalysis(
      found, labels: examples.map(\.label), indices: examples.map(\.index), settings: settings,
      seed: seed)
    let source = compared.source(
      "features", on: dataset, images: examples.count,
      state: "clean and by \(crafting.name) within Linf \(eps), seed \(seed)", backend: backend)
    try output.write(
      try FeaturePages(analysis, of: source, names: dataset.classNames).folder(), to: folder)
  }

  private func tapped(_ checkpoint: Checkpoint, _ file: String) throws -> TappedModel {
    do {
      return try TappedModel(checkpoint.model, at: [Graph.penultimate])
    } catch {
      throw EvaluationError(kind: .data, place: file, problem: error.problem)
    }
  }
}

/// Which classes are shown.
private struct ClassChoice {
  let classes: Set<Int>

  init(_ text: String?, of dataset: Dataset, seed: Int) throws {
    guard let text else {
      var all = Array(0..<dataset.classes)
      var random = RandomStream(seed: UInt64(bitPattern: Int64(seed))).forked("classes")
      while all.count > 20 { all.remove(at: random.below(all.count)) }
      classes = Set(all)
      return
    }
    guard let numbers = numberList(text, where: (0..<dataset.classes).contains) else {
      throw EvaluationError(
        kind: .usage, place: "--classes",
        problem: "are numbers from 0 to \(dataset.classes - 1), the classes of \(dataset.name)")
    }
    classes = Set(numbers)
    guard classes.count > 1 else {
      throw EvaluationError(
        kind: .usage, place: "--classes", problem: "are two or more; one class has no other")
    }
  }
}

/// Makes the adversarial images.
private struct Crafting {
  let name: String
  private let attack: any Attack
  private let ball: any PerturbationSet
  private let random: RandomStream

  init(_ text: String, _ eps: String, seed: Int) throws {
    let list = Array(try AttackList.parse(text, in: .linf))
    guard list.count == 1 else {
      throw EvaluationError(
        kind: .usage, place: "--attack", problem: "is one attack, not \(list.count)")
    }
    attack = list[0]
    name = text
    ball = Norm.linf.ball(radius: Float(try Epsilon(eps, refusingAboveOne: true).value))
    random = RandomStream(seed: UInt64(bitPattern: Int64(seed)))
  }

  func images(of examples: [Example], _ engine: SearchEngine) async throws -> [Image] {
    let (attack, ball, random) = (attack, ball, random)
    return try await engine.pool.map(examples) { example, oracle in
      try await attack.attack(
        example, within: ball, asking: oracle,
        random: random.forked(example.index).forked(attack.name)
      ).image
    }
  }
}

/// A line on the terminal that says how far a search is, and how long it will take.
private final class StepProgress {
  private let name: String
  private let total: Int
  private let start = ContinuousClock.now
  private var last = ContinuousClock.now
  private let isTerminal = isatty(STDERR_FILENO) == 1

  init(_ name: String, of total: Int) { (self.name, self.total) = (name, total) }

  func update(_ step: Int) {
    guard isTerminal, .now - last > .milliseconds(200) || step == total else { return }
    last = .now
    let spent = Double((last - start).components.seconds)
    let left = Int(spent / Double(step) * Double(total - step))
    StandardError.write("\r\(name): step \(step) of \(total), \(left) s left\u{1b}[K")
  }

  func end() { if isTerminal { StandardError.write("\r\u{1b}[K") } }
}
