import Tensors

extension ArchitectureFamily {
  /// The ResNets of ImageNet with a 3×3 first convolution and no first pooling.
  static let cifarResNets: [ArchitectureFamily] = [
    ArchitectureFamily(patterns: ["resnet-18-cifar", "resnet18", "resnet-18"]) {
      builder, image, _, classes in
      builder.cifarResNet(image, [2, 2, 2, 2], classes: classes) {
        $0.basicBlock($1, $2, channels: $3, stride: $4, shortcut: .projection("shortcut"))
      }
    },
    ArchitectureFamily(patterns: ["resnet-50-cifar", "resnet50", "resnet-50"]) {
      builder, image, _, classes in
      builder.cifarResNet(image, [3, 4, 6, 3], classes: classes) {
        $0.bottleneck(
          $1, $2, inner: $3, channels: 4 * $3, stride: $4, shortcut: .projection("shortcut"))
      }
    },
    preActResNet18(["preactresnet-18-A"], shortcut: .raw, end: .bare),
    preActResNet18(
      ["preactresnet-18-B", "preactresnet-18", "preactresnet18"], shortcut: .activated,
      end: .activated),
    // C differs from B in its source code only.
    preActResNet18(["preactresnet-18-C"], shortcut: .activated, end: .activated),
  ]

  private static func preActResNet18(
    _ patterns: [String], shortcut: PreActShortcut, end: PreActEnd
  ) -> ArchitectureFamily {
    ArchitectureFamily(patterns: patterns) { builder, image, _, classes in
      builder.preActResNet18(image, shortcut: shortcut, end: end, classes: classes)
    }
  }
}

/// What the projection of a pre-activation block reads.
private enum PreActShortcut {
  case raw
  case activated
}

/// What stands between the last block and the pooling.
private enum PreActEnd {
  case bare
  case activated
}

extension GraphBuilder {
  fileprivate mutating func cifarResNet(
    _ image: Value, _ blocks: [Int], classes: Int,
    block: (
      _ builder: inout GraphBuilder, _ x: Value, _ name: String, _ width: Int, _ stride: Int
    ) -> Value
  ) -> Value {
    var x = relu(normalizedConvolution(image, "conv1", "bn1", channels: 64, kernel: 3))
    for (layer, count) in blocks.enumerated() {
      for position in 0..<count {
        x = block(
          &self, x, "layer\(layer + 1).\(position)", 64 << layer,
          layer > 0 && position == 0 ? 2 : 1)
      }
    }
    return classify(x, "linear", classes: classes)
  }

  /// Source: He, Zhang, Ren & Sun, *Identity mappings in deep residual networks*, ECCV 2016.
  fileprivate mutating func preActResNet18(
    _ image: Value, shortcut: PreActShortcut, end: PreActEnd, classes: Int
  ) -> Value {
    var x = convolution(image, "conv1", channels: 64, kernel: 3, padding: Padding(1))
    for (layer, channels) in [64, 128, 256, 512].enumerated() {
      for block in 0..<2 {
        x = preActBlock(
          x, "layer\(layer + 1).\(block)", channels: channels,
          stride: layer > 0 && block == 0 ? 2 : 1, shortcut: shortcut)
      }
    }
    switch end {
    case .bare: break
    case .activated: x = relu(batchNorm(x, "bn"))
    }
    return classify(x, "linear", classes: classes)
  }

  private mutating func preActBlock(
    _ x: Value, _ name: String, channels: Int, stride: Int, shortcut: PreActShortcut
  ) -> Value {
    let activated = relu(batchNorm(x, name + ".bn1"), name + ".relu1")
    var y = convolution(
      activated, name + ".conv1", channels: channels, kernel: 3, stride: stride,
      padding: Padding(1))
    y = relu(batchNorm(y, name + ".bn2"), name + ".relu2")
    y = convolution(y, name + ".conv2", channels: channels, kernel: 3, padding: Padding(1))
    if stride == 1, x.shape.channels == channels { return add(y, x, name) }
    let source =
      switch shortcut {
      case .raw: x
      case .activated: activated
      }
    let carried = convolution(
      source, name + ".shortcut.0", channels: channels, kernel: 1, stride: stride)
    return add(y, carried, name)
  }
}
