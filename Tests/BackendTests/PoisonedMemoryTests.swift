import Execution
import Graphs
import OneDNNBackend
import Tensors
import TestSupport
import Testing

/// Every plan is made twice: in an arena whose dead bytes are NaN before every step, and in one
/// in which nothing shares memory.
@Suite("Graphs in poisoned memory")
struct PoisonedMemoryTests {
  @Test("Attacks find the same bits, near double precision", arguments: 0..<10)
  func attacksFindTheSame(_ hundred: Int) throws {
    for number in 100 * hundred..<100 * (hundred + 1) {
      let graph = OperationCase.randomGraph(number)
      let question = try GraphQuestion(graph, number)
      let poisoned = try question.inference(.poisoned)
      #expect(try poisoned == question.inference(.separate), "\(graph)")
      let problems = try question.distances(of: poisoned)
      #expect(problems.isEmpty, "\(graph)")
    }
  }

  @Test("Training finds the same bits", arguments: 0..<10)
  func trainingFindsTheSame(_ hundred: Int) throws {
    OneDNNBackend.useThreads(1)
    for number in 100 * hundred..<100 * (hundred + 1) {
      let graph = OperationCase.randomGraph(number)
      let question = try GraphQuestion(graph, number)
      #expect(try question.training(.poisoned) == question.training(.separate), "\(graph)")
    }
  }

  /// Wide and large ones too, for which there are other kernels.
  @Test("Each operation finds the same bits", arguments: OperationCase.all)
  func eachOperationFindsTheSame(_ operation: OperationCase) throws {
    OneDNNBackend.useThreads(3)
    let question = try GraphQuestion(operation, 0)
    #expect(try question.inference(.poisoned) == question.inference(.separate))
    for statistics in NormalizationStatistics.allCases {
      #expect(
        try question.training(.poisoned, statistics) == question.training(.separate, statistics))
    }
  }
}

/// Two images with two cotangents each.
private struct GraphQuestion {
  private let model: Model
  private let classes: Int
  private let images: [Image]
  private let cotangents: [[Float]]

  init(_ graph: OperationCase, _ number: Int) throws {
    var random = RandomStream(seed: 10).forked(number)
    let classes = try graph.model.classes()
    images = (0..<2).map { _ in
      random.image(shape: graph.model.graph.input) { $0.uniform() }
    }
    cotangents = (0..<2).map { _ in (0..<2 * classes).map { _ in random.uniform(in: -1..<1) } }
    model = graph.model
    self.classes = classes
  }

  /// Logits, then the gradients of all cotangents from one forward pass, the first one again.
  func inference(_ sharing: ArenaSharing) throws -> [[Float]] {
    let plan = try OneDNNBackend(sharing: sharing).compile(model, for: .fast)
      .plan(batch: images.count, computing: .input)
    return try [Array(plan.logits(of: images, classes: classes).joined())]
      + (cotangents + cotangents.prefix(1)).map { try plan.gradient(of: images, cotangent: $0) }
  }

  /// Logits, statistics and gradients.
  func training(
    _ sharing: ArenaSharing, _ statistics: NormalizationStatistics = .batch
  ) throws -> [[Float]] {
    let plan = try OneDNNBackend(sharing: sharing).trainingPlan(
      for: model, batch: images.count, statistics: statistics, computing: [.input, .parameters])
    let logits = try plan.logits(of: images, parameters: model.parameters, classes: classes)
    var updated = model.parameters
    plan.updateRunningStatistics(in: &updated)
    let cotangent = cotangents[0]
    let gradients = try plan.backward(cotangent.span)
    let tensors = [updated, gradients.parameters].flatMap { tensors in
      tensors.sorted { $0.key < $1.key }.map(\.value.elements)
    }
    return logits + tensors + [gradients.images?.elements ?? []]
  }

  /// What is far from double precision; nothing is far that is not a number on both sides.
  func distances(of answers: [[Float]]) throws -> [String] {
    let reference = try ReferenceNetwork(model)
    let logits = images.flatMap { reference.logits($0) }
    let gradients = cotangents.map { cotangent in
      images.enumerated().flatMap { number, image in
        reference.inputGradient(
          image, cotangent: cotangent[number * classes..<(number + 1) * classes].map(Double.init))
      }
    }
    return zip(answers, [logits] + gradients).enumerated().compactMap { number, pair in
      let scale = pair.1.map { abs($0) }.max() ?? 0
      let isNear = zip(pair.0, pair.1).allSatisfy { abs(Double($0) - $1) <= 1e-4 * scale }
      return isNear ? nil : "\(number == 0 ? "logits" : "gradient \(number)") far from \(scale)"
    }
  }
}
