import Tensors

/// What a ConvNeXt begins with.
enum ConvNeXtStem {
  /// A convolution over patches of 4×4 pixels.
  case patches
  /// 3×3 convolutions, each with a normalisation and a GELU: their channels and strides.
  case convolutions([(channels: Int, stride: Int)])
}

extension ArchitectureFamily {
  /// Source: Liu et al., *A ConvNet for the 2020s*, CVPR 2022, in timm's form; the stems of
  /// convolutions are those of Singh, Croce & Hein, *Revisiting adversarial training for ImageNet*,
  /// NeurIPS 2023.
  static let convNeXts: [ArchitectureFamily] = [
    convNeXt(["convnext-t", "convnext_tiny"], blocks: [3, 3, 9, 3], width: 96),
    convNeXt(["convnext-s", "convnext_small"], blocks: [3, 3, 27, 3], width: 96),
    convNeXt(["convnext-b", "convnext_base"], blocks: [3, 3, 27, 3], width: 128),
    convNeXt(["convnext-l", "convnext_large"], blocks: [3, 3, 27, 3], width: 192),
    convNeXt(
      ["convnext-t-cvst"], .convolutions([(48, 2), (96, 2)]), blocks: [3, 3, 9, 3], width: 96),
    convNeXt(
      ["convnext-s-cvst"], .convolutions([(48, 2), (96, 2)]), blocks: [3, 3, 27, 3], width: 96),
    convNeXt(
      ["convnext-b-cvst"], .convolutions([(64, 2), (96, 2), (128, 1)]), blocks: [3, 3, 27, 3],
      width: 128),
    convNeXt(
      ["convnext-l-cvst"], .convolutions([(96, 2), (144, 2), (192, 1)]), blocks: [3, 3, 27, 3],
      width: 192),
    convNeXt(
      ["meansparse-convnext-l"], blocks: [3, 3, 27, 3], width: 192, sparsity: .meanCentred),
  ]

  private static func convNeXt(
    _ patterns: [String], _ stem: ConvNeXtStem = .patches, blocks: [Int], width: Int,
    sparsity: Sparsity = .dense
  ) -> ArchitectureFamily {
    convNeXt(
      patterns, stem, blocks: blocks, widths: (0..<4).map { width << $0 }, sparsity: sparsity)
  }

  static func convNeXt(
    _ patterns: [String], _ stem: ConvNeXtStem, blocks: [Int], widths: [Int],
    sparsity: Sparsity = .dense
  ) -> ArchitectureFamily {
    imageNetNetwork(patterns) { builder, image, classes in
      var x = builder.convNeXtStem(image, stem, channels: widths[0])
      for (stage, count) in blocks.enumerated() {
        let name = "stages.\(stage)"
        if stage > 0 {
          x = builder.layerNorm(x, name + ".downsample.0", epsilon: 1e-6)
          x = builder.convolution(
            x, name + ".downsample.1", channels: widths[stage], kernel: 2, stride: 2,
            bias: .present)
        }
        for block in 0..<count {
          x = builder.convNeXtBlock(x, "\(name).blocks.\(block)", sparsity)
        }
      }
      x = builder.layerNorm(builder.globalAveragePool(x), "head.norm", epsilon: 1e-6)
      return builder.linear(x, "head.fc", outputs: classes)
    }
  }
}

extension GraphBuilder {
  fileprivate mutating func convNeXtStem(
    _ image: Value, _ stem: ConvNeXtStem, channels: Int
  ) -> Value {
    switch stem {
    case .patches:
      let x = convolution(
        image, "stem.0", channels: channels, kernel: 4, stride: 4, bias: .present)
      return layerNorm(x, "stem.1", epsilon: 1e-6)
    case .convolutions(let layers):
      var x = image
      for (position, layer) in layers.enumerated() {
        // A convolution, its normalisation and its activation count as three modules.
        let name = "stem.stem.\(3 * position)"
        x = convolution(
          x, name, channels: layer.channels, kernel: 3, stride: layer.stride, padding: Padding(1),
          bias: .present)
        x = layerNorm(x, "stem.stem.\(3 * position + 1)", epsilon: 1e-6)
        x = elementwise(x, .gelu, "stem.stem.\(3 * position + 2)")
      }
      return x
    }
  }

  fileprivate mutating func convNeXtBlock(
    _ x: Value, _ name: String, _ sparsity: Sparsity
  ) -> Value {
    let channels = x.shape.channels
    // The scale is used last, but stands first.
    _ = declare(name + ".gamma", [channels])
    var y = convolution(
      x, name + ".conv_dw", channels: channels, kernel: 7, padding: Padding(3), groups: channels,
      bias: .present)
    y = layerNorm(y, name + ".norm", epsilon: 1e-6)
    y = linear(y, name + ".mlp.fc1", outputs: 4 * channels)
    y = sparsified(y, name + ".mlp.act.0", sparsity)
    y = elementwise(y, .gelu, name + ".mlp.act")
    y = linear(y, name + ".mlp.fc2", outputs: channels)
    y = sparsified(layerScale(y, name + ".gamma"), name + ".drop_path.1", sparsity)
    return add(x, y, name)
  }
}
