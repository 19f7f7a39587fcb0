import Attacks
import Execution
import Graphs
import OneDNNBackend
import Tensors
import TestSupport
import Testing

@Suite struct LaneTests {
  /// A small network with random weights: two convolutions and a linear layer.
  private static func network() throws -> Model {
    var builder = GraphBuilder(input: FeatureShape(channels: 3, height: 8, width: 8))
    let first = builder.relu(
      builder.convolution(builder.input, "first", channels: 16, kernel: 3, padding: Padding(1)))
    let second = builder.relu(
      builder.convolution(first, "second", channels: 8, kernel: 3, stride: 2, padding: Padding(1)))
    _ = builder.linear(builder.flatten(second), "classes", outputs: 10)
    var random = RandomStream(seed: 3)
    var parameters: [String: Tensor] = [:]
    for (name, shape) in builder.parameterShapes.sorted(by: { $0.key < $1.key }) {
      let size = (3 / Float(max(shape.dropFirst().reduce(1, *), 1))).squareRoot()
      parameters[name] = Tensor(
        shape: shape,
        elements: (0..<shape.reduce(1, *)).map { _ in random.uniform(in: -size..<size) })
    }
    return Model(graph: builder.built, parameters: parameters)
  }

  /// Images with the class that the network sees, but for one.
  private static func examples(_ network: any CompiledNetwork) throws -> [Example] {
    let plan = try network.plan(batch: 1, computing: [])
    return try (0..<7).map { index in
      let image = TinyNetwork.wideImage(index)
      var logits = [Float](repeating: 0, count: network.classes)
      var span = logits.mutableSpan
      try plan.forward(image.pixels.span, logits: &span)
      let seen = try #require(logits.indices.max { logits[$0] < logits[$1] })
      return Example(index: index, image: image, label: index == 5 ? (seen + 1) % 10 : seen)
    }
  }

  /// With fewer steps than published where that saves time.
  private static let attacks = [
    "apgd-ce(steps=12,restarts=2)", "apgd-dlr(steps=12,eot=2)", "apgd-t(steps=8,targets=3)",
    "fab-t(steps=6,targets=3)", "fab(steps=3,restarts=2)", "square(queries=60)", "fgsm",
    "pgd(steps=8,restarts=2)", "trades-pgd", "bss(target=sampled)", "svgd(sigma=median)",
    "svgd-author-code", "ddn(steps=20)",
  ]

  @Test func everyAttackIsAmongThem() {
    #expect(
      Self.attacks.map { String($0.prefix { $0 != "(" }) }.sorted()
        == AttackList.knownNames.sorted())
  }

  @Test(
    arguments: attacks,
    [LinfBall(radius: 0.01), L2Ball(radius: 0.1), L1Ball(radius: 1)] as [any PerturbationSet])
  func companyDoesNotChangeBits(text: String, set: any PerturbationSet) async throws {
    let backend = OneDNNBackend()
    let fast = try backend.compile(Self.network(), for: .fast)
    let exact = try backend.compile(Self.network(), for: .exact)
    for attack in try AttackList.parse(text, in: set.norm) {
      let broken = try await checkAttackOnLanes(
        attack, within: set, on: Self.examples(exact), fast: fast, exact: exact,
        prepareThread: { OneDNNBackend.limitThreads() })
      #expect(broken.isEmpty)
    }
  }
}
