import Tensors

extension ArchitectureFamily {
  /// MobileNets and EfficientNets in torchvision's form.
  static let invertedResidualNetworks: [ArchitectureFamily] =
    [
      imageNetNetwork(["tv-mobilenetv2", "mobilenet_v2"]) { builder, image, classes in
        builder.imageNetMobileNetV2(image, classes: classes)
      },
      mobileNetV3(["tv-mobilenetv3-small", "mobilenet_v3_small"], .smallMobile, hidden: 1024),
      mobileNetV3(["tv-mobilenetv3-large", "mobilenet_v3_large"], .largeMobile, hidden: 1280),
    ] + efficientNets

  /// Source: Howard et al., *Searching for MobileNetV3*, ICCV 2019, Tables 1 and 2.
  private static func mobileNetV3(
    _ patterns: [String], _ blocks: [InvertedResidual], hidden: Int
  ) -> ArchitectureFamily {
    imageNetNetwork(patterns) { builder, image, classes in
      var x = builder.activatedConvolution(
        image, "features.0", channels: 16, kernel: 3, stride: 2, epsilon: 1e-3, by: .swish)
      for (position, block) in blocks.enumerated() {
        x = builder.invertedResidual(x, "features.\(position + 1).block", block)
      }
      x = builder.activatedConvolution(
        x, "features.\(blocks.count + 1)", channels: 6 * x.shape.channels, kernel: 1,
        epsilon: 1e-3, by: .swish)
      let y = builder.linear(builder.globalAveragePool(x), "classifier.0", outputs: hidden)
      return builder.linear(
        builder.elementwise(y, .hardSwish, "classifier.1"), "classifier.3", outputs: classes)
    }
  }

  /// Source: Tan & Le, *EfficientNet*, ICML 2019: width and depth of B0 times two factors.
  private static let efficientNets: [ArchitectureFamily] = [
    efficientNet(0, width: 1, depth: 1, side: 224),
    efficientNet(1, width: 1, depth: 1.1, side: 240),
    efficientNet(2, width: 1.1, depth: 1.2, side: 288),
    efficientNet(3, width: 1.2, depth: 1.4, side: 300),
    efficientNet(4, width: 1.4, depth: 1.8, side: 380),
    efficientNet(5, width: 1.6, depth: 2.2, side: 456, epsilon: 1e-3),
    efficientNet(6, width: 1.8, depth: 2.6, side: 528, epsilon: 1e-3),
    efficientNet(7, width: 2, depth: 3.1, side: 600, epsilon: 1e-3),
  ]

  private static func efficientNet(
    _ number: Int, width: Double, depth: Double, side: Int, epsilon: Double = 1e-5
  ) -> ArchitectureFamily {
    imageNetNetwork(
      ["tv-efficientnet-b\(number)", "efficientnet_b\(number)"], side: side
    ) { builder, image, classes in
      let stages: [(expansion: Int, kernel: Int, stride: Int, channels: Int, count: Int)] = [
        (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3),
        (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1),
      ]
      var x = builder.activatedConvolution(
        image, "features.0", channels: .multipleOf8(near: 32 * width), kernel: 3, stride: 2,
        epsilon: epsilon, by: .silu)
      for (position, stage) in stages.enumerated() {
        let channels = Int.multipleOf8(near: Double(stage.channels) * width)
        for block in 0..<Int((Double(stage.count) * depth).rounded(.up)) {
          let inputs = x.shape.channels
          x = builder.invertedResidual(
            x, "features.\(position + 1).\(block).block",
            InvertedResidual(
              kernel: stage.kernel, inner: inputs * stage.expansion, channels: channels,
              squeezed: max(1, inputs / 4), gate: .sigmoid, squeezing: .silu,
              activation: .silu, stride: block == 0 ? stage.stride : 1, epsilon: epsilon))
        }
      }
      x = builder.activatedConvolution(
        x, "features.8", channels: 4 * x.shape.channels, kernel: 1, epsilon: epsilon, by: .silu)
      return builder.classify(x, "classifier.1", classes: classes)
    }
  }
}

extension GraphBuilder {
  /// Source: Sandler et al., *MobileNetV2*, CVPR 2018, Table 2.
  fileprivate mutating func imageNetMobileNetV2(_ image: Value, classes: Int) -> Value {
    let stages: [(expansion: Int, channels: Int, count: Int, stride: Int)] = [
      (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
      (6, 320, 1, 1),
    ]
    let clamp = BlockActivation.function(.clamp(lower: 0, upper: 6))
    var x = activatedConvolution(
      image, "features.0", channels: 32, kernel: 3, stride: 2, by: clamp)
    var position = 1
    for stage in stages {
      for block in 0..<stage.count {
        let (carried, inner) = (x, x.shape.channels * stage.expansion)
        let stride = block == 0 ? stage.stride : 1
        var layer = 0
        let name = "features.\(position).conv"
        if stage.expansion > 1 {
          x = activatedConvolution(x, "\(name).0", channels: inner, kernel: 1, by: clamp)
          layer += 1
        }
        x = activatedConvolution(
          x, "\(name).\(layer)", channels: inner, kernel: 3, stride: stride, groups: inner,
          by: clamp)
        x = normalizedConvolution(
          x, "\(name).\(layer + 1)", "\(name).\(layer + 2)", channels: stage.channels, kernel: 1)
        if carried.shape == x.shape { x = add(carried, x, "features.\(position)") }
        position += 1
      }
    }
    x = activatedConvolution(x, "features.18", channels: 1280, kernel: 1, by: clamp)
    return classify(x, "classifier.1", classes: classes)
  }
}
