import Tensors

extension ArchitectureFamily {
  /// Sources: El-Nouby et al., *XCiT*, NeurIPS 2021, in timm's form; for CIFAR, Debenedetti, Sehwag &
  /// Mittal, *A light recipe to train robust vision transformers*, SaTML 2023.
  static let crossCovarianceTransformers: [ArchitectureFamily] =
    [("s", 384, 8), ("m", 512, 8), ("l", 768, 16)].flatMap { letter, width, heads in
      let name = ["s": "small", "m": "medium", "l": "large"][letter, default: letter]
      return [
        crossCovarianceTransformer(
          ["xcit-\(letter)12-p16", "xcit_\(name)_12_p16_224"], strides: [2, 2, 2, 2],
          width: width, heads: heads, depth: 12),
        {
          var family = crossCovarianceTransformer(
            ["xcit-\(letter)12-cifar"], strides: [1, 1, 2, 2], width: width, heads: heads, depth: 12
          )
          family.classes = 10
          family.input = FeatureShape(channels: 3, height: 32, width: 32)
          return family
        }(),
      ]
    }

  static func crossCovarianceTransformer(
    _ patterns: [String], strides: [Int], width: Int, heads: Int, depth: Int
  ) -> ArchitectureFamily {
    imageNetNetwork(patterns) { builder, image, classes in
      _ = builder.declare("cls_token", [1, 1, width])
      var x = image
      for (position, stride) in strides.enumerated() {
        let name = "patch_embed.proj.\(2 * position)"
        x = builder.convolution(
          x, name + ".0", channels: width >> (strides.count - 1 - position), kernel: 3,
          stride: stride, padding: Padding(1))
        x = builder.batchNorm(x, name + ".1")
        if position < strides.count - 1 {
          x = builder.elementwise(x, .gelu, "patch_embed.proj.\(2 * position + 1)")
        }
      }
      x = builder.add(x, builder.positions(of: x), "embedded")
      for block in 0..<depth {
        x = builder.crossCovarianceBlock(x, "blocks.\(block)", heads: heads)
      }
      let token = builder.table("cls_token", [1, 1, width], FeatureShape(channels: width))
      x = builder.rearranged([token, x], .joinedPositions, "tokens")
      for block in 0..<2 {
        x = builder.classAttentionBlock(x, "cls_attn_blocks.\(block)", heads: heads)
      }
      x = builder.layerNorm(x, "norm", epsilon: 1e-6)
      x = builder.rearranged([x], .positions(from: 0, to: 1), "class")
      return builder.linear(x, "head", outputs: classes)
    }
  }
}

extension GraphBuilder {
  /// The encoding of rows and columns, as the network takes it.
  fileprivate mutating func positions(of x: Value) -> Value {
    var shape = x.shape
    shape.channels = 64
    let encoding = append(
      .positionEncoding(PositionEncoding(shape: shape)), name: "pos_embed", reading: [],
      giving: shape)
    return convolution(
      encoding, "pos_embed.token_projection", channels: x.shape.channels, kernel: 1,
      bias: .present)
  }

  fileprivate mutating func crossCovarianceBlock(
    _ x: Value, _ name: String, heads: Int
  ) -> Value {
    let channels = x.shape.channels
    // They are used in another order than they stand in.
    for gamma in [".gamma1", ".gamma3", ".gamma2"] { _ = declare(name + gamma, [channels]) }
    var y = layerNorm(x, name + ".norm1", epsilon: 1e-6)
    y = crossCovariance(y, name + ".attn", heads: heads)
    var sum = add(x, layerScale(y, name + ".gamma1"), name + ".sum1")
    y = layerNorm(sum, name + ".norm3", epsilon: 1e-6)
    y = convolution(
      y, name + ".local_mp.conv1", channels: channels, kernel: 3, padding: Padding(1),
      groups: channels, bias: .present)
    y = batchNorm(elementwise(y, .gelu, name + ".local_mp.act"), name + ".local_mp.bn")
    y = convolution(
      y, name + ".local_mp.conv2", channels: channels, kernel: 3, padding: Padding(1),
      groups: channels, bias: .present)
    sum = add(sum, layerScale(y, name + ".gamma3"), name + ".sum3")
    y = layerNorm(sum, name + ".norm2", epsilon: 1e-6)
    return add(sum, layerScale(perceptron(y, name + ".mlp"), name + ".gamma2"), name)
  }

  private mutating func perceptron(_ x: Value, _ name: String) -> Value {
    let y = elementwise(
      linear(x, name + ".fc1", outputs: 4 * x.shape.channels), .gelu, name + ".act")
    return linear(y, name + ".fc2", outputs: x.shape.channels)
  }

  /// Attention between channels: of heads turned, so that their channels are positions.
  private mutating func crossCovariance(_ x: Value, _ name: String, heads: Int) -> Value {
    let (channels, area) = (x.shape.channels, x.shape.area)
    let width = channels / heads
    let temperature = declare(name + ".temperature", [heads, 1, 1])
    let stacked = linear(x, name + ".qkv", outputs: 3 * channels)
    let turned = StridedView(
      offset: 0,
      runs: [
        .init(extent: heads, stride: width * area), .init(extent: area, stride: 1),
        .init(extent: width, stride: area),
      ], shape: FeatureShape(channels: heads * area, height: 1, width: width))
    let parts = (0..<3).map { part in
      var y = self.channels(
        stacked, part * channels..<(part + 1) * channels, name + ".part\(part)")
      if part < 2 {
        let norm = RowNormalization(heads: heads, temperature: part == 0 ? temperature : nil)
        y = rowNormalized(y, norm, name + ".norm\(part)")
      }
      return rearranged([y], .strided(turned), name + ".turned\(part)")
    }
    let y = attention(parts, Attention(heads: heads, scale: 1), name + ".attention")
    let back = StridedView(
      offset: 0,
      runs: [
        .init(extent: heads, stride: area * width), .init(extent: width, stride: 1),
        .init(extent: area, stride: width),
      ], shape: x.shape)
    return linear(
      rearranged([y], .strided(back), name + ".back"), name + ".proj", outputs: channels)
  }

  /// The class token looks at all tokens.
  ///
  /// As published: the others add their own normalised values, are normalised again, and doubled.
  fileprivate mutating func classAttentionBlock(
    _ x: Value, _ name: String, heads: Int
  ) -> Value {
    let (channels, count) = (x.shape.channels, x.shape.area)
    for gamma in [".gamma1", ".gamma2"] { _ = declare(name + gamma, [channels]) }
    let normal = layerNorm(x, name + ".norm1", epsilon: 1e-6)
    let token = rearranged([normal], .positions(from: 0, to: 1), name + ".class")
    let others = rearranged([normal], .positions(from: 1, to: count), name + ".others")
    let attention = attention(
      [
        linear(token, name + ".attn.q", outputs: channels),
        linear(normal, name + ".attn.k", outputs: channels),
        linear(normal, name + ".attn.v", outputs: channels),
      ], Attention(heads: heads, scale: 1 / Float(channels / heads).squareRoot()),
      name + ".attention")
    let seen = linear(attention, name + ".attn.proj", outputs: channels)
    var y = rearranged([seen, others], .joinedPositions, name + ".seen")
    y = layerNorm(
      add(x, layerScale(y, name + ".gamma1"), name + ".sum"), name + ".norm2", epsilon: 1e-6)
    let first = rearranged([y], .positions(from: 0, to: 1), name + ".first")
    let rest = rearranged([y], .positions(from: 1, to: count), name + ".rest")
    let changed = layerScale(perceptron(first, name + ".mlp"), name + ".gamma2")
    return add(y, rearranged([changed, rest], .joinedPositions, name + ".changed"), name)
  }
}
