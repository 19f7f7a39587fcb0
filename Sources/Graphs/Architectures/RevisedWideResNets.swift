import Tensors

extension ArchitectureFamily {
  /// Wide residual networks whose stages were chosen one by one, and a ResNeXt of their kind.
  static let revisedWideResNets: [ArchitectureFamily] = [
    // Huang et al., *Revisiting residual networks for adversarial robustness*, CVPR 2023.
    residualNetworkA(
      ["wrn-a4", "WRN-A4"], blocks: [27, 28, 13], widths: [160, 448, 384]),
    // Huang et al., *Exploring architectural ingredients of adversarially robust deep neural
    // networks*, NeurIPS 2021.
    wideResNetR(["wrn-34-r", "WRN-34-R"], blocks: [5, 5, 5], widths: [320, 640, 512]),
    ArchitectureFamily(
      patterns: ["resnext29-32x4d-cifar", "ResNeXt29_32x4d"],
      normalization: Normalization(mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5])
    ) { builder, image, _, classes in
      builder.cifarResNeXt(image, classes: classes)
    },
  ]

  static func residualNetworkA(
    _ patterns: [String], blocks: [Int], widths: [Int]
  ) -> ArchitectureFamily {
    ArchitectureFamily(patterns: patterns, normalization: .cifar10) { builder, image, _, classes in
      var x = builder.convolution(image, "stem_conv", channels: 16, kernel: 3, padding: Padding(1))
      for (group, count) in blocks.enumerated() {
        for block in 0..<count {
          x = builder.siluBlock(
            x, "blocks.\(group).layer.\(block)", channels: widths[group],
            stride: group > 0 && block == 0 ? 2 : 1)
        }
      }
      return builder.classify(
        builder.silu(builder.batchNorm(x, "norm1")), "fc", classes: classes)
    }
  }

  static func wideResNetR(
    _ patterns: [String], blocks: [Int], widths: [Int]
  ) -> ArchitectureFamily {
    ArchitectureFamily(patterns: patterns) { builder, image, _, classes in
      var x = builder.convolution(image, "stem_conv", channels: 16, kernel: 3, padding: Padding(1))
      for (group, count) in blocks.enumerated() {
        for block in 0..<count {
          x = builder.preActivationBlock(
            x, "blocks.\(group).layer.\(block)", channels: widths[group],
            stride: group > 0 && block == 0 ? 2 : 1)
        }
      }
      return builder.classify(builder.relu(builder.batchNorm(x, "bn1")), "fc", classes: classes)
    }
  }
}

extension GraphBuilder {
  /// A pre-activation block with SiLU, whose projection reads the activated input.
  fileprivate mutating func siluBlock(
    _ x: Value, _ name: String, channels: Int, stride: Int
  ) -> Value {
    let activated = silu(batchNorm(x, name + ".bn1"), name + ".silu1")
    var y = convolution(
      activated, name + ".conv1", channels: channels, kernel: 3, stride: stride,
      padding: Padding(1))
    y = silu(batchNorm(y, name + ".bn2"), name + ".silu2")
    y = convolution(y, name + ".conv2", channels: channels, kernel: 3, padding: Padding(1))
    let carried =
      stride == 1 && x.shape.channels == channels
      ? x
      : convolution(
        activated, name + ".shortcut.0", channels: channels, kernel: 1, stride: stride)
    return add(y, carried, name)
  }

  /// Source: Xie et al., *Aggregated residual transformations*, CVPR 2017; four groups whose width
  /// grows from 32 on, as in AugMix.
  fileprivate mutating func cifarResNeXt(_ image: Value, classes: Int) -> Value {
    var x = relu(normalizedConvolution(image, "conv_1_3x3", "bn_1", channels: 64, kernel: 3))
    for stage in 1...3 {
      for block in 0..<3 {
        x = namedBottleneck(
          x, "stage_\(stage).\(block)", inner: 64 << stage, channels: 128 << stage,
          stride: stage > 1 && block == 0 ? 2 : 1)
      }
    }
    return classify(x, "classifier", classes: classes)
  }

  private mutating func namedBottleneck(
    _ x: Value, _ name: String, inner: Int, channels: Int, stride: Int
  ) -> Value {
    var y = normalizedConvolution(
      x, name + ".conv_reduce", name + ".bn_reduce", channels: inner, kernel: 1)
    y = relu(y, name + ".relu1")
    y = normalizedConvolution(
      y, name + ".conv_conv", name + ".bn", channels: inner, kernel: 3, stride: stride, groups: 4)
    y = relu(y, name + ".relu2")
    y = normalizedConvolution(
      y, name + ".conv_expand", name + ".bn_expand", channels: channels, kernel: 1)
    let carried = shortcut(
      x, name, channels: channels, stride: stride, .projection("downsample"))
    return relu(add(y, carried, name + ".add"), name)
  }
}
