import Tensors
import TestSupport

@testable import Graphs

extension GoldenCase {
  /// The registry's network, or a narrow and shallow form of one, with the case's image and classes.
  var architecture: Architecture? {
    let short = name.hasSuffix("-64") ? String(name.dropLast(3)) : name
    guard let family = Self.reduced[short] else {
      return network.architecture(named: Self.names[name] ?? name)
    }
    return family.member(
      [], classes: network.classes, input: network.shape,
      normalization: network.norm.map { Normalization(mean: $0.mean, deviation: $0.std) })
  }

  /// What the registry calls a network that the reference calls otherwise.
  private static let names = ["meansparse-dm-wrn-10-2": "meansparse-dm-wrn-10-2-silu-c10"]

  private static let reduced: [String: ArchitectureFamily] = [
    "ra-wrn-small": .robustWideResNet(
      ["ra-wrn-small"], stem: 16, blocks: [2, 3, 1], widths: [24, 48, 96]),
    "ra-wrn-imagenet-small": .robustBottleneckNetwork(
      ["ra-wrn-imagenet-small"], stem: 24, blocks: [1, 2, 2, 1], widths: [64, 128, 160, 192],
      groupWidths: [8, 16, 20, 24]),
    "wrn-a4-small": .residualNetworkA(
      ["wrn-a4-small"], blocks: [1, 2, 1], widths: [16, 64, 64]),
    "meansparse-ra-wrn-small": .robustWideResNet(
      ["meansparse-ra-wrn-small"], stem: 16, blocks: [1, 2, 1], widths: [24, 48, 96],
      sparsity: .meanCentred),
    "convnext-b-cvst-small": .convNeXt(
      ["convnext-b-cvst-small"], .convolutions([(16, 2), (24, 2), (32, 1)]), blocks: [1, 1, 2, 1],
      widths: [32, 64, 96, 128]),
    "meansparse-convnext-small": .convNeXt(
      ["meansparse-convnext-small"], .patches, blocks: [1, 1, 2, 1], widths: [32, 64, 96, 128],
      sparsity: .meanCentred),
    "convnext-small-epsilon": .convNeXt(
      ["convnext-small-epsilon"], .patches, blocks: [1, 1, 1, 1], widths: [16, 24, 32, 40]),
    "wrn-34-r-small": .wideResNetR(
      ["wrn-34-r-small"], blocks: [1, 1, 2], widths: [32, 64, 48]),
  ]
}
