import Tensors
import TestSupport

@testable import Graphs

extension GoldenCase {
  /// The registry's network, or a narrow and shallow form of one, with the case's image and classes.
  var architecture: Architecture? {
    guard let family = Self.reduced[name] else { return network.architecture(named: name) }
    return family.member(
      [], classes: network.classes, input: network.shape,
      normalization: network.norm.map { Normalization(mean: $0.mean, deviation: $0.std) })
  }

  private static let reduced: [String: ArchitectureFamily] = [
    "ra-wrn-small": .robustWideResNet(
      ["ra-wrn-small"], stem: 16, blocks: [2, 3, 1], widths: [24, 48, 96]),
    "ra-wrn-imagenet-small": .robustBottleneckNetwork(
      ["ra-wrn-imagenet-small"], stem: 24, blocks: [1, 2, 2, 1], widths: [64, 128, 160, 192],
      groupWidths: [8, 16, 20, 24]),
    "wrn-a4-small": .residualNetworkA(
      ["wrn-a4-small"], blocks: [1, 2, 1], widths: [16, 64, 64]),
    "wrn-34-r-small": .wideResNetR(
      ["wrn-34-r-small"], blocks: [1, 1, 2], widths: [32, 64, 48]),
  ]
}
