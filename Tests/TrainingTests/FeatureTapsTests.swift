import Graphs
import OneDNNBackend
import Tensors
import TestSupport
import Testing

@testable import Training

/// The places that distillation methods compare, against what RepDistiller's networks give there.
struct FeatureTapsTests {
  struct Tap: Decodable, Sendable {
    var index: Int
    var shape: [Int]
    var post: Checksum
    /// Where it is another than ``post``.
    var pre: Checksum?
  }

  struct Net: Decodable, Sendable {
    var gain: Double
    var taps: [Tap]
  }

  static let names = [
    "resnet20": "resnet20", "resnet110": "resnet110", "resnet8x4": "resnet8x4",
    "wrn_16_2": "wrn-16-2", "wrn_40_2": "wrn-40-2", "vgg8": "vgg8", "vgg13": "vgg13",
    "MobileNetV2": "mobilenetv2", "ShuffleV1": "shufflev1", "ShuffleV2": "shufflev2",
    "ResNet18": "resnet18", "ResNet50": "resnet50",
  ]

  @Test(arguments: names.keys.sorted())
  func `Taps named by an architecture are RepDistiller's`(_ name: String) async throws {
    struct File: Decodable { var nets: [String: Net] }
    let net = try #require(
      try GoldenRun.fixture("13_feature_taps", as: File.self).nets[name])
    let architecture = try #require(
      Architecture.named(
        Self.names[name] ?? "", classes: 100,
        input: FeatureShape(channels: 3, height: 32, width: 32)))
    let model = Model(
      graph: architecture.graph,
      parameters: Formula.parameters(of: architecture, gain: net.gain))
    var network = try OpenNetwork(model, title: "the network")
    network.begin(term: "test")
    #expect(try network.stages().upperBound == net.taps.count - 2)
    var expected: [(String, Checksum)] = []
    for tap in net.taps {
      let isPooled = tap.index == net.taps.count - 1
      let value = isPooled ? try network.pooled() : try network.tap(tap.index)
      #expect(value.shape.channels == tap.shape[0])
      #expect(tap.shape.count == 1 || value.shape.height == tap.shape[1])
      network.read(value)
      expected.append(("post \(tap.index)", tap.post))
      if isPooled || tap.index == 0 { continue }
      network.read(try network.tap(before: tap.index))
      expected.append(("pre \(tap.index)", tap.pre ?? tap.post))
    }
    let values = try await values(of: network, model)
    var outcome = GoldenOutcome(name: name)
    for (place, (field, checksum)) in expected.enumerated() {
      outcome.compare(field, values[place], checksum, norm: 1e-5, first: 1e-4, sum: 1e-5)
    }
    let wrong = outcome.comparisons.filter { !$0.isNear }.prefix(5).map(\.description)
    #expect(wrong.isEmpty && outcome.comparisons.count >= 6 * net.taps.count)
  }

  /// What is read, of two images.
  private func values(of network: OpenNetwork, _ model: Model) async throws -> [[Float]] {
    let nodes = network.probes.compactMap { probe in
      if case .value(let value) = probe { (name: "read", position: value.node) } else { nil }
    }
    let tapped = try TappedModel(
      Model(graph: network.builder.built, parameters: model.parameters),
      logits: model.graph.nodes.count - 1, nodes: nodes)
    let frozen = try FrozenNetwork(
      tapped.model, on: Machine(backend: OneDNNBackend(), threads: 1))
    let shape = model.graph.input
    let rows = try await frozen.logits(of: [0, 1].map { Formula.image($0, shape: shape) })
    return tapped.taps.map { tap in rows.flatMap { $0[tap.places] } }
  }

  @Test func `A feature of an architecture can be tapped by its name`() throws {
    let graph = try #require(Architecture.named("wrn-16-2", classes: 10)).graph
    #expect(try graph.nodes[graph.node(tapped: "feat2")].name == "block2.layer.1")
    let error = #expect(throws: GraphError.self) { try graph.node(tapped: "feat4") }
    #expect(error?.problem.contains("feat0, feat1, feat2, feat3") == true)
  }
}
