import Tensors

extension ArchitectureFamily {
  /// Source: Liu et al., *Swin transformer*, ICCV 2021, in timm's form.
  static let swinTransformers: [ArchitectureFamily] = [
    swin(["swin-t", "swin_tiny_patch4_window7_224"], depths: [2, 2, 6, 2], width: 96, heads: 3),
    swin(["swin-s", "swin_small_patch4_window7_224"], depths: [2, 2, 18, 2], width: 96, heads: 3),
    swin(["swin-b", "swin_base_patch4_window7_224"], depths: [2, 2, 18, 2], width: 128, heads: 4),
    swin(
      ["swin-l", "swin_large_patch4_window7_224"], depths: [2, 2, 18, 2], width: 192, heads: 6),
  ]

  /// Swin transformers; as in timm, stages that are no whole number of windows are padded.
  static func swin(
    _ patterns: [String], depths: [Int], width: Int, heads: Int, window: Int = 7,
    epsilon: Double = 1e-5
  ) -> ArchitectureFamily {
    imageNetNetwork(patterns) { builder, image, classes in
      var x = builder.convolution(
        image, "patch_embed.proj", channels: width, kernel: 4, stride: 4, bias: .present)
      x = builder.layerNorm(x, "patch_embed.norm", epsilon: epsilon)
      for (stage, depth) in depths.enumerated() {
        let name = "layers.\(stage)"
        if stage > 0 {
          x = builder.mergedPatches(x, name + ".downsample", epsilon)
        }
        for block in 0..<depth {
          x = builder.swinBlock(
            x, .timm("\(name).blocks.\(block)"), heads: heads << stage, window: window,
            isShifted: block % 2 == 1, epsilon)
        }
      }
      x = builder.layerNorm(x, "norm", epsilon: epsilon)
      return builder.linear(builder.globalAveragePool(x), "head.fc", outputs: classes)
    }
  }
}

extension GraphBuilder {
  /// Two by two patches as one of twice the channels.
  fileprivate mutating func mergedPatches(
    _ x: Value, _ name: String, _ epsilon: Double
  ) -> Value {
    let even = paddedBelow(x, toMultiplesOf: Size(2))
    let merged = rearranged([even], .spaceToDepth(block: 2, order: .columns), name)
    let y = layerNorm(merged, name + ".norm", epsilon: epsilon)
    return linear(y, name + ".reduction", outputs: 2 * x.shape.channels, bias: .absent)
  }

  fileprivate mutating func swinBlock(
    _ x: Value, _ names: TransformerBlockNames, heads: Int, window: Int, isShifted: Bool,
    _ epsilon: Double
  ) -> Value {
    let extent = Size(height: x.shape.height, width: x.shape.width)
    let size = Size(height: min(window, extent.height), width: min(window, extent.width))
    // One window over all rows or columns is not shifted along them.
    let shift = Size(
      height: isShifted && extent.height > window ? window / 2 : 0,
      width: isShifted && extent.width > window ? window / 2 : 0)
    let rows = (2 * size.height - 1) * (2 * size.width - 1)
    return transformerBlock(
      x, names, heads: heads, wide: 4 * x.shape.channels, epsilon: epsilon,
      window: .init(size: size, shift: shift),
      bias: (names.name + ".attn.relative_position_bias_table", [rows, heads]))
  }

  /// Zeros below and to the right.
  mutating func paddedBelow(_ x: Value, toMultiplesOf size: Size) -> Value {
    let edges = Padding(
      top: 0, left: 0, bottom: (size.height - x.shape.height % size.height) % size.height,
      right: (size.width - x.shape.width % size.width) % size.width)
    if edges == .none { return x }
    return pad(x, ConstantPadding(spatial: edges, value: 0), "padded")
  }
}
