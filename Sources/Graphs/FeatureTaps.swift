/// The places inside a network that distillation methods compare, named by its architecture.
///
/// `feat0` is what enters the first stage, `feat1`, `feat2`, … are the ends of stages, as the program
/// RepDistiller lists them; behind the last comes ``Graph/penultimate``.
public struct FeatureTaps: Hashable, Sendable {
  /// One of them.
  public struct Tap: Hashable, Sendable {
    /// The node whose activation goes on to the next stage.
    public var end: Int
    /// The nodes whose channels, one after another, are what stands before the last activation.
    public var before: [Int]
  }

  /// From `feat0` on.
  public let taps: [Tap]

  /// Nodes with these beginnings of names, before a dot, are a stage; the first word is of the stage
  /// that `feat0` enters.
  private static let families = [
    ["layer1", "layer1", "layer2", "layer3", "layer4"],
    ["block1", "block1", "block2", "block3", "block4"],
    // MobileNetV2, whose maps of one size are two stages.
    ["blocks.0", "blocks.1", "blocks.2", "blocks.4", "blocks.6"],
    ["layer.0", "layer.0", "layer.1", "layer.2"],
  ]

  /// Finds them; nil where a graph has no stages of known names.
  init?(of graph: Graph) {
    func nodes(_ stage: String) -> [Int] {
      graph.nodes.indices.filter { graph.nodes[$0].name.hasPrefix(stage + ".") }
    }
    guard
      let family = Self.families.first(where: { $0.prefix(3).allSatisfy { !nodes($0).isEmpty } }),
      var stem = nodes(family[0]).first.flatMap({ graph.nodes[$0].inputs.first })
    else { return nil }
    if case .maxPool = graph.nodes[stem].operation { stem = graph.nodes[stem].inputs[0] }
    let readers = graph.readers
    taps =
      [Tap(end: stem, before: [stem])]
      + family.dropFirst().compactMap { nodes($0).last }.map { graph.tap(at: $0, readers) }
  }
}

extension Graph {
  /// The places that distillation methods compare; nil where stages have no known names.
  public var featureTaps: FeatureTaps? { FeatureTaps(of: self) }

  /// The tap at the last node of a stage.
  fileprivate func tap(at last: Int, _ readers: [[Int]]) -> FeatureTaps.Tap {
    let inputs = nodes[last].inputs
    switch nodes[last].operation {
    case .relu: return FeatureTaps.Tap(end: last, before: inputs)
    case .channelShuffle:
      // ShuffleNet V2: one half of the channels is activated, the other was before.
      let halves = nodes[inputs[0]].inputs
      return FeatureTaps.Tap(
        end: last, before: halves.prefix(1) + halves.suffix(1).map { nodes[$0].inputs[0] })
    default: break
    }
    for reader in readers[last] {
      switch (nodes[last].operation, nodes[reader].operation) {
      // VGG: the activation has no name of its stage.
      case (.batchNormalization, .relu): return FeatureTaps.Tap(end: reader, before: [last])
      // Pre-activation networks: a sum, and its normalisation in the next stage.
      case (.add, .batchNormalization): return FeatureTaps.Tap(end: last, before: [reader])
      default: continue
      }
    }
    // Linear ends of blocks.
    return FeatureTaps.Tap(end: last, before: [last])
  }
}
