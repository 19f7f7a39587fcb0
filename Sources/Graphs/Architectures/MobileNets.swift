import Tensors

extension ArchitectureFamily {
  static let mobileNets: [ArchitectureFamily] = [
    ArchitectureFamily(patterns: ["mobilenetv2-half", "mobile_half", "mobilenetv2"], classes: 100) {
      builder, image, _, classes in
      builder.mobileNetV2(image, classes: classes)
    },
    ArchitectureFamily(
      patterns: ["mobilenetv1"], classes: 1000,
      input: FeatureShape(channels: 3, height: 224, width: 224)
    ) { builder, image, _, classes in
      builder.mobileNetV1(image, classes: classes)
    },
  ]
}

extension GraphBuilder {
  /// Source: Howard et al., *MobileNets*, 2017, Table 1.
  fileprivate mutating func mobileNetV1(_ image: Value, classes: Int) -> Value {
    let layers = [
      (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1),
      (512, 1), (512, 1), (1024, 2), (1024, 1),
    ]
    var x = relu(
      normalizedConvolution(image, "model.0.0", "model.0.1", channels: 32, kernel: 3, stride: 2))
    for (position, (channels, stride)) in layers.enumerated() {
      let name = "model.\(position + 1)"
      let inputs = x.shape.channels
      x = normalizedConvolution(
        x, name + ".0", name + ".1", channels: inputs, kernel: 3, stride: stride, groups: inputs)
      x = relu(x, name + ".2")
      x = normalizedConvolution(x, name + ".3", name + ".4", channels: channels, kernel: 1)
      x = relu(x, name + ".5")
    }
    return classify(x, "fc", classes: classes)
  }

  /// Source: Sandler et al., *MobileNetV2*, CVPR 2018, at half width for 32×32 images, as in
  /// RepDistiller: plain ReLU instead of ReLU6.
  fileprivate mutating func mobileNetV2(_ image: Value, classes: Int) -> Value {
    let stages: [(expansion: Int, channels: Int, count: Int, stride: Int)] = [
      (1, 8, 1, 1), (6, 12, 2, 1), (6, 16, 3, 2),
      (6, 32, 4, 2), (6, 48, 3, 1), (6, 80, 3, 2), (6, 160, 1, 1),
    ]
    var x = relu(
      normalizedConvolution(image, "conv1.0", "conv1.1", channels: 16, kernel: 3, stride: 2))
    for (position, stage) in stages.enumerated() {
      for block in 0..<stage.count {
        x = invertedResidual(
          x, "blocks.\(position).\(block)", expansion: stage.expansion, channels: stage.channels,
          stride: block == 0 ? stage.stride : 1)
      }
    }
    x = relu(normalizedConvolution(x, "conv2.0", "conv2.1", channels: 1280, kernel: 1))
    return classify(x, "classifier.0", classes: classes)
  }

  private mutating func invertedResidual(
    _ x: Value, _ name: String, expansion: Int, channels: Int, stride: Int
  ) -> Value {
    let inner = x.shape.channels * expansion
    let layer = name + ".conv"
    var y = normalizedConvolution(x, layer + ".0", layer + ".1", channels: inner, kernel: 1)
    y = relu(y, layer + ".2")
    y = normalizedConvolution(
      y, layer + ".3", layer + ".4", channels: inner, kernel: 3, stride: stride, groups: inner)
    y = relu(y, layer + ".5")
    y = normalizedConvolution(y, layer + ".6", layer + ".7", channels: channels, kernel: 1)
    return stride == 1 && x.shape.channels == channels ? add(x, y, name) : y
  }
}
