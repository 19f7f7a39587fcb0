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
    imageNetResNet("tv-wrn-50-2", [3, 4, 6, 3]) {
      $0.bottleneck(
        $1, $2, inner: 2 * $3, channels: 4 * $3, stride: $4, shortcut: .projection("downsample"))
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
    ArchitectureFamily(
      patterns: [name], classes: 1000, input: FeatureShape(channels: 3, height: 224, width: 224)
    ) { builder, image, _, classes in
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
