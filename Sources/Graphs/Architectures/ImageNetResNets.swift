import Tensors

extension ArchitectureFamily {
  /// The ResNets in torchvision's form: the 3×3 convolution of a bottleneck has the stride.
  static let imageNetResNets: [ArchitectureFamily] = [
    imageNetResNet("tv-resnet18", [2, 2, 2, 2]) {
      $0.basicBlock($1, $2, channels: $3, stride: $4, shortcut: .projection("downsample"))
    },
    imageNetResNet("tv-resnet34", [3, 4, 6, 3]) {
      $0.basicBlock($1, $2, channels: $3, stride: $4, shortcut: .projection("downsample"))
    },
    imageNetResNet("tv-resnet50", [3, 4, 6, 3]) {
      $0.bottleneck(
        $1, $2, inner: $3, channels: 4 * $3, stride: $4, shortcut: .projection("downsample"))
    },
    imageNetResNet("tv-resnet101", [3, 4, 23, 3]) {
      $0.bottleneck(
        $1, $2, inner: $3, channels: 4 * $3, stride: $4, shortcut: .projection("downsample"))
    },
    imageNetResNet("tv-resnet152", [3, 8, 36, 3]) {
      $0.bottleneck(
        $1, $2, inner: $3, channels: 4 * $3, stride: $4, shortcut: .projection("downsample"))
    },
    imageNetResNet("tv-wrn-50-2", [3, 4, 6, 3]) {
      $0.bottleneck(
        $1, $2, inner: 2 * $3, channels: 4 * $3, stride: $4, shortcut: .projection("downsample"))
    },
    imageNetResNet("tv-wrn-101-2", [3, 4, 23, 3]) {
      $0.bottleneck(
        $1, $2, inner: 2 * $3, channels: 4 * $3, stride: $4, shortcut: .projection("downsample"))
    },
    // Xie et al., *Aggregated residual transformations for deep neural networks*, CVPR 2017.
    imageNetResNet("tv-resnext50", [3, 4, 6, 3]) {
      $0.bottleneck(
        $1, $2, inner: 2 * $3, channels: 4 * $3, stride: $4, groups: 32,
        shortcut: .projection("downsample"))
    },
    imageNetResNet("tv-resnext101", [3, 4, 23, 3]) {
      $0.bottleneck(
        $1, $2, inner: 4 * $3, channels: 4 * $3, stride: $4, groups: 32,
        shortcut: .projection("downsample"))
    },
  ]

  /// Residual networks with squeeze-and-excitation, in timm's form.
  static let squeezedResNets: [ArchitectureFamily] = [
    imageNetResNet("seresnet18", [2, 2, 2, 2]) {
      $0.basicBlock(
        $1, $2, channels: $3, stride: $4, shortcut: .projection("downsample"), .gated)
    },
    imageNetResNet("seresnet34", [3, 4, 6, 3]) {
      $0.basicBlock(
        $1, $2, channels: $3, stride: $4, shortcut: .projection("downsample"), .gated)
    },
    imageNetResNet("seresnet50", [3, 4, 6, 3]) {
      $0.bottleneck(
        $1, $2, inner: $3, channels: 4 * $3, stride: $4, shortcut: .projection("downsample"),
        .gated)
    },
  ]

  private typealias Block =
    @Sendable (
      _ builder: inout GraphBuilder, _ x: GraphBuilder.Value, _ name: String, _ width: Int,
      _ stride: Int
    ) -> GraphBuilder.Value

  private static func imageNetResNet(
    _ name: String, _ blocks: [Int], block: @escaping Block
  ) -> ArchitectureFamily {
    imageNetNetwork([name]) { builder, image, classes in
      var x = builder.normalizedConvolution(
        image, "conv1", "bn1", channels: 64, kernel: 7, stride: 2)
      x = builder.maxPool(
        builder.relu(x), Pooling(kernel: Size(3), stride: Size(2), padding: Padding(1)))
      for (layer, count) in blocks.enumerated() {
        for position in 0..<count {
          x = block(
            &builder, x, "layer\(layer + 1).\(position)", 64 << layer,
            layer > 0 && position == 0 ? 2 : 1)
        }
      }
      return builder.classify(x, "fc", classes: classes)
    }
  }
}
