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
    "tv-vit-small-32": .visionTransformer(
      ["tv-vit-small-32"], .patches(8), width: 64, heads: 4, depth: 2, wide: 128,
      names: .torchvision),
    "vit-small-epsilon": .visionTransformer(
      ["vit-small-epsilon"], .patches(8), width: 48, heads: 3, depth: 2),
    "xcit-s12-p16": .crossCovarianceTransformer(
      ["xcit-s12-p16"], strides: [2, 2, 2, 2], width: 384, heads: 8, depth: 12),
    "xcit-s12-cifar": .crossCovarianceTransformer(
      ["xcit-s12-cifar"], strides: [1, 1, 2, 2], width: 384, heads: 8, depth: 12),
    "xcit-tiny-train-32": .crossCovarianceTransformer(
      ["xcit-tiny-train-32"], strides: [1, 1, 2, 2], width: 32, heads: 4, depth: 2),
    "xcit-small-epsilon": .crossCovarianceTransformer(
      ["xcit-small-epsilon"], strides: [1, 1, 2, 2], width: 32, heads: 4, depth: 2),
    "swin-t-w4": .swin(["swin-t-w4"], depths: [2, 2, 6, 2], width: 96, heads: 3, window: 4),
    "swin-t-w7-224": .swin(["swin-t-w7-224"], depths: [2, 2, 6, 2], width: 96, heads: 3),
    "swin-small-w7-64-padded": .swin(
      ["swin-small-w7-64-padded"], depths: [2, 2], width: 24, heads: 2),
    "swin-small-epsilon": .swin(
      ["swin-small-epsilon"], depths: [2, 2], width: 24, heads: 2, window: 4),
    "wrn-34-r-small": .wideResNetR(
      ["wrn-34-r-small"], blocks: [1, 1, 2], widths: [32, 64, 48]),
  ]
}
