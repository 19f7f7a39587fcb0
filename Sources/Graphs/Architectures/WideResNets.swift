import Tensors

extension ArchitectureFamily {
  /// The depth is 6n + 4: three groups of n blocks of two convolutions.
  static let wideResNets: [ArchitectureFamily] = [
    ArchitectureFamily(patterns: [
      "wrn-<depth>-<width>", "wrn<depth>-<width>", "WideResNet-<depth>-<width>",
      "wide-resnet-<depth>-<width>", "WRN_<depth>_<width>",
    ]) { builder, image, numbers, classes in
      builder.wideResNet(image, depth: numbers[0], width: numbers[1], classes: classes)
    },
    deepMindWideResNet("dm", "c10", classes: 10, .cifar10),
    deepMindWideResNet("dm", "c100", classes: 100, .cifar100),
    // Amini et al., *MeanSparse*, 2024.
    deepMindWideResNet("meansparse-dm", "c10", classes: 10, .cifar10, .meanCentred),
    deepMindWideResNet("meansparse-dm", "c100", classes: 100, .cifar100, .meanCentred),
    deepMindResNet18("c10", classes: 10, .cifar10),
    deepMindResNet18("c100", classes: 100, .cifar100),
  ]

  private static func deepMindWideResNet(
    _ kind: String, _ data: String, classes: Int, _ normalization: Normalization,
    _ sparsity: Sparsity = .dense
  ) -> ArchitectureFamily {
    ArchitectureFamily(
      patterns: ["\(kind)-wrn-<depth>-<width>-silu-\(data)"], classes: classes,
      normalization: normalization
    ) { builder, image, numbers, classes in
      builder.deepMindWideResNet(
        image, depth: numbers[0], width: numbers[1], classes: classes, sparsity)
    }
  }

  private static func deepMindResNet18(
    _ data: String, classes: Int, _ normalization: Normalization
  ) -> ArchitectureFamily {
    ArchitectureFamily(
      patterns: ["dm-preactresnet-18-silu-\(data)"], classes: classes, normalization: normalization
    ) { builder, image, _, classes in
      builder.deepMindResNet18(image, classes: classes)
    }
  }
}

extension Normalization {
  static let cifar10 = Normalization(
    mean: [0.4914, 0.4822, 0.4465], deviation: [0.2471, 0.2435, 0.2616])
  static let cifar100 = Normalization(
    mean: [0.5071, 0.4865, 0.4409], deviation: [0.2673, 0.2564, 0.2762])
}

/// The number of blocks a group of a wide residual network of some depth.
private func blocks(ofDepth depth: Int) -> Int? {
  depth >= 10 && depth % 6 == 4 ? (depth - 4) / 6 : nil
}

extension GraphBuilder {
  /// Source: Zagoruyko & Komodakis, *Wide residual networks*, BMVC 2016; names as in TRADES.
  fileprivate mutating func wideResNet(
    _ image: Value, depth: Int, width: Int, classes: Int
  ) -> Value? {
    guard let blocks = blocks(ofDepth: depth) else { return nil }
    var x = convolution(image, "conv1", channels: 16, kernel: 3, padding: Padding(1))
    for group in 1...3 {
      for block in 0..<blocks {
        x = preActivationBlock(
          x, "block\(group).layer.\(block)", channels: width * 8 << group,
          stride: group > 1 && block == 0 ? 2 : 1)
      }
    }
    return classify(relu(batchNorm(x, "bn1")), "fc", classes: classes)
  }

  /// Where the number of channels changes, both paths start from the activated input.
  mutating func preActivationBlock(
    _ x: Value, _ name: String, channels: Int, stride: Int
  ) -> Value {
    let activated = relu(batchNorm(x, name + ".bn1"), name + ".relu1")
    var y = convolution(
      activated, name + ".conv1", channels: channels, kernel: 3, stride: stride,
      padding: Padding(1))
    y = relu(batchNorm(y, name + ".bn2"), name + ".relu2")
    y = convolution(y, name + ".conv2", channels: channels, kernel: 3, padding: Padding(1))
    let carried =
      x.shape.channels == channels
      ? x
      : convolution(
        activated, name + ".convShortcut", channels: channels, kernel: 1, stride: stride)
    return add(carried, y, name)
  }

  /// Source: Gowal, Qin, Uesato, Mann & Kohli, *Uncovering the limits of adversarial training
  /// against norm-bounded adversarial examples*, 2020; SiLU throughout.
  fileprivate mutating func deepMindWideResNet(
    _ image: Value, depth: Int, width: Int, classes: Int, _ sparsity: Sparsity
  ) -> Value? {
    guard let blocks = blocks(ofDepth: depth) else { return nil }
    var x = convolution(image, "init_conv", channels: 16, kernel: 3, padding: Padding(1))
    for group in 0..<3 {
      for block in 0..<blocks {
        x = deepMindBlock(
          x, "layer.\(group).block.\(block)", channels: width * 16 << group,
          stride: group > 0 && block == 0 ? 2 : 1, sparsity)
      }
    }
    x = batchNorm(x, "batchnorm")
    // In the order of checkpoints the last sparsification stands behind the classifier.
    _ = declare("logits.weight", [classes, x.shape.channels])
    _ = declare("logits.bias", [classes])
    return classify(
      silu(sparsified(x, "meansparse_end", sparsity)), "logits", classes: classes)
  }

  private mutating func deepMindBlock(
    _ x: Value, _ name: String, channels: Int, stride: Int, _ sparsity: Sparsity
  ) -> Value {
    let (carried, y) = deepMindPaths(x, name, channels: channels, stride: stride, sparsity)
    return sparsified(add(carried, y, name), name + ".meansparse_2", sparsity)
  }

  /// What a block adds up.
  mutating func deepMindPaths(
    _ x: Value, _ name: String, channels: Int, stride: Int, _ sparsity: Sparsity
  ) -> (carried: Value, changed: Value) {
    let normalized = sparsified(
      batchNorm(x, name + ".batchnorm_0"), name + ".meansparse_0", sparsity)
    let activated = silu(normalized, name + ".silu_0")
    var y = convolution(
      activated, name + ".conv_0", channels: channels, kernel: 3, stride: stride,
      padding: .tensorFlowSame(stride: stride))
    y = sparsified(batchNorm(y, name + ".batchnorm_1"), name + ".meansparse_1", sparsity)
    y = silu(y, name + ".silu_1")
    y = convolution(y, name + ".conv_1", channels: channels, kernel: 3, padding: Padding(1))
    let carried =
      x.shape.channels == channels
      ? x
      : convolution(activated, name + ".shortcut", channels: channels, kernel: 1, stride: stride)
    return (carried, y)
  }

  /// Source: as ``deepMindWideResNet(_:depth:width:classes:)``; the shortcut is a 3×3 convolution of
  /// the raw input.
  fileprivate mutating func deepMindResNet18(_ image: Value, classes: Int) -> Value {
    var x = convolution(image, "conv_2d", channels: 64, kernel: 3, padding: Padding(1))
    for (layer, channels) in [64, 128, 256, 512].enumerated() {
      for block in 0..<2 {
        x = deepMindBasicBlock(
          x, "layer_\(layer).\(block)", channels: channels,
          stride: layer > 0 && block == 0 ? 2 : 1)
      }
    }
    return classify(silu(batchNorm(x, "batchnorm")), "logits", classes: classes)
  }

  private mutating func deepMindBasicBlock(
    _ x: Value, _ name: String, channels: Int, stride: Int
  ) -> Value {
    var y = silu(batchNorm(x, name + ".batchnorm_0"), name + ".silu_0")
    y = convolution(
      y, name + ".conv_2d_1", channels: channels, kernel: 3, stride: stride,
      padding: .tensorFlowSame(stride: stride))
    y = silu(batchNorm(y, name + ".batchnorm_1"), name + ".silu_1")
    y = convolution(y, name + ".conv_2d_2", channels: channels, kernel: 3, padding: Padding(1))
    if stride == 1, x.shape.channels == channels { return add(x, y, name) }
    let carried = convolution(
      x, name + ".shortcut", channels: channels, kernel: 3, stride: stride,
      padding: .tensorFlowSame(stride: stride))
    return add(carried, y, name)
  }
}

extension Padding {
  /// What TensorFlow's "same" adds for a 3×3 window on an even size.
  fileprivate static func tensorFlowSame(stride: Int) -> Padding {
    stride == 1 ? Padding(1) : Padding(top: 0, left: 0, bottom: 1, right: 1)
  }
}
