import Tensors

extension ArchitectureFamily {
  /// Source: Peng et al., *Robust principles: architectural design principles for adversarially
  /// robust CNNs*, BMVC 2023.
  static let robustResNets: [ArchitectureFamily] = [
    robustWideResNet(
      ["ra-wrn-70-16", "RaWideResNet-70-16"], stem: 96, blocks: [30, 31, 10],
      widths: [216, 432, 864]),
    // Amini et al., *MeanSparse*, 2024.
    robustWideResNet(
      ["meansparse-ra-wrn-70-16"], stem: 96, blocks: [30, 31, 10], widths: [216, 432, 864],
      sparsity: .meanCentred),
    robustBottleneckNetwork(
      ["ra-wrn-101-2", "RaWideResNet-101-2"], stem: 96, blocks: [7, 11, 18, 1],
      widths: [512, 1024, 2016, 4032], groupWidths: [64, 128, 252, 504]),
  ]

  /// The form for CIFAR: DeepMind's blocks whose branch ends in a gate.
  static func robustWideResNet(
    _ patterns: [String], stem: Int, blocks: [Int], widths: [Int], sparsity: Sparsity = .dense
  ) -> ArchitectureFamily {
    ArchitectureFamily(patterns: patterns, normalization: .cifar10) { builder, image, _, classes in
      var x = builder.convolution(
        image, "init_conv", channels: stem, kernel: 3, padding: Padding(1))
      for (group, count) in blocks.enumerated() {
        for block in 0..<count {
          let name = "layer.\(group).block.\(block)"
          let (carried, y) = builder.deepMindPaths(
            x, name, channels: widths[group], stride: group > 0 && block == 0 ? 2 : 1,
            sparsity)
          let gated = builder.squeezedAndExcited(y, name + ".se", inner: widths[group].quarter)
          x = builder.sparsified(
            builder.add(carried, gated, name), name + ".meansparse_2", sparsity)
        }
      }
      x = builder.sparsified(builder.batchNorm(x, "batchnorm"), "meansparse_end", sparsity)
      return builder.classify(builder.silu(x), "logits", classes: classes)
    }
  }

  /// The form for ImageNet, activated after the addition.
  static func robustBottleneckNetwork(
    _ patterns: [String], stem: Int, blocks: [Int], widths: [Int], groupWidths: [Int]
  ) -> ArchitectureFamily {
    imageNetNetwork(patterns) { builder, image, classes in
      var x = builder.relu(
        builder.normalizedConvolution(
          image, "stem.stem.stem.0", "stem.stem.stem.1", channels: stem, kernel: 7, stride: 2))
      for (stage, count) in blocks.enumerated() {
        for block in 0..<count {
          x = builder.robustBottleneck(
            x, "stages.stage\(stage + 1).stage\(stage + 1)-block\(block)",
            channels: widths[stage], groupWidth: groupWidths[stage],
            stride: block == 0 ? 2 : 1)
        }
      }
      return builder.classify(x, "fc", classes: classes)
    }
  }
}

extension GraphBuilder {
  fileprivate mutating func robustBottleneck(
    _ x: Value, _ name: String, channels: Int, groupWidth: Int, stride: Int
  ) -> Value {
    let (inner, inputs) = (channels / 4, x.shape.channels)
    let carried = shortcut(
      x, name, channels: channels, stride: stride, .projection("proj"))
    var y = convolution(x, name + ".F.a.0", channels: inner, kernel: 1)
    y = silu(y, name + ".F.a.activation")
    y = normalizedConvolution(
      y, name + ".F.b.0", name + ".F.b.1", channels: inner, kernel: 3, stride: stride,
      groups: inner / groupWidth)
    y = silu(y, name + ".F.b.activation")
    y = squeezedAndExcited(y, name + ".F.se", inner: inputs.quarter)
    y = normalizedConvolution(y, name + ".F.c.0", name + ".F.c.1", channels: channels, kernel: 1)
    return silu(add(y, carried, name + ".add"), name)
  }
}
