import Tensors

/// What a vision transformer begins with.
enum TransformerStem {
  /// A convolution over patches of so many pixels.
  case patches(Int)
  /// 3×3 convolutions in steps of two, each with a normalisation and a GELU, then a 1×1 convolution.
  case convolutions([Int])
}

/// What a vision transformer calls its parameters.
struct TransformerNames: Sendable {
  var classToken, positions, stem, final, head: String
  /// Of a block, by its number.
  var block: @Sendable (Int) -> TransformerBlockNames

  /// timm's.
  static let timm = TransformerNames(
    classToken: "cls_token", positions: "pos_embed", stem: "patch_embed.proj", final: "norm",
    head: "head"
  ) { .timm("blocks.\($0)") }

  /// torchvision's.
  static let torchvision = TransformerNames(
    classToken: "class_token", positions: "encoder.pos_embedding", stem: "conv_proj",
    final: "encoder.ln", head: "heads.head"
  ) { number in
    let name = "encoder.layers.encoder_layer_\(number)."
    return TransformerBlockNames(
      name: name, first: name + "ln_1",
      stackedWeight: name + "self_attention.in_proj_weight",
      stackedBias: name + "self_attention.in_proj_bias",
      projection: name + "self_attention.out_proj", second: name + "ln_2",
      wide: name + "mlp.0", narrow: name + "mlp.3")
  }
}

/// What a block calls its parameters.
struct TransformerBlockNames {
  var name, first, stackedWeight, stackedBias, projection, second, wide, narrow: String

  /// timm's.
  static func timm(_ name: String) -> TransformerBlockNames {
    TransformerBlockNames(
      name: name, first: name + ".norm1", stackedWeight: name + ".attn.qkv.weight",
      stackedBias: name + ".attn.qkv.bias", projection: name + ".attn.proj",
      second: name + ".norm2", wide: name + ".mlp.fc1", narrow: name + ".mlp.fc2")
  }
}

extension ArchitectureFamily {
  /// Sources: Dosovitskiy et al., *An image is worth 16x16 words*, ICLR 2021; Touvron et al., *Training
  /// data-efficient image transformers*, ICML 2021, in timm's form; the stems of convolutions are those
  /// of Singh, Croce & Hein, *Revisiting adversarial training for ImageNet*, NeurIPS 2023.
  static let visionTransformers: [ArchitectureFamily] =
    [
      ("tiny", "t", 192, 3, 12), ("small", "s", 384, 6, 12), ("base", "b", 768, 12, 12),
      ("large", "l", 1024, 16, 24),
    ].flatMap { name, letter, width, heads, depth in
      [16, 32].map { patch in
        let deit = patch == 16 && letter != "l"
        return visionTransformer(
          ["vit-\(letter)\(patch)", "vit_\(name)_patch\(patch)_224"]
            + (deit ? ["deit-\(letter)\(patch)", "deit_\(name)_patch\(patch)_224"] : []),
          .patches(patch), width: width, heads: heads, depth: depth)
      }
    } + [
      visionTransformer(
        ["vit-s-cvst"], .convolutions([48, 96, 192, 384]), width: 384, heads: 6, depth: 12),
      visionTransformer(
        ["vit-b-cvst"], .convolutions([48, 96, 192, 384]), width: 768, heads: 12, depth: 12),
    ]
    + [
      ("tv-vit-b16", "vit_b_16", 16, 768, 12, 12), ("tv-vit-b32", "vit_b_32", 32, 768, 12, 12),
      ("tv-vit-l16", "vit_l_16", 16, 1024, 16, 24), ("tv-vit-l32", "vit_l_32", 32, 1024, 16, 24),
    ].map { name, alias, patch, width, heads, depth in
      visionTransformer(
        [name, alias], .patches(patch), width: width, heads: heads, depth: depth,
        names: .torchvision)
    }

  static func visionTransformer(
    _ patterns: [String], _ stem: TransformerStem, width: Int, heads: Int, depth: Int,
    wide: Int? = nil, names: TransformerNames = .timm
  ) -> ArchitectureFamily {
    imageNetNetwork(patterns) { builder, image, classes in
      // These stand first in a checkpoint.
      _ = builder.declare(names.classToken, [1, 1, width])
      let area = stem.area(of: image.shape)
      if names.classToken == "cls_token" {
        _ = builder.declare(names.positions, [1, area + 1, width])
      }
      guard area > 0 else { return nil }
      let patches = builder.transformerStem(image, stem, names.stem, width: width)
      var x = builder.embedded(
        patches, tokens: [names.classToken], positions: names.positions)
      for block in 0..<depth {
        x = builder.transformerBlock(
          x, names.block(block), heads: heads, wide: wide ?? 4 * width, epsilon: 1e-6)
      }
      x = builder.layerNorm(x, names.final, epsilon: 1e-6)
      x = builder.rearranged([x], .positions(from: 0, to: 1), "class")
      return builder.linear(x, names.head, outputs: classes)
    }
  }
}

extension TransformerStem {
  /// How many tokens it makes.
  fileprivate func area(of image: FeatureShape) -> Int {
    switch self {
    case .patches(let side): (image.height / side) * (image.width / side)
    case .convolutions(let widths):
      widths.reduce(image.height) { size, _ in (size + 1) / 2 }
        * widths.reduce(image.width) { size, _ in (size + 1) / 2 }
    }
  }
}

extension GraphBuilder {
  fileprivate mutating func transformerStem(
    _ image: Value, _ stem: TransformerStem, _ name: String, width: Int
  ) -> Value {
    switch stem {
    case .patches(let side):
      return convolution(
        image, name, channels: width, kernel: side, stride: side, bias: .present)
    case .convolutions(let widths):
      var x = image
      for (position, channels) in widths.enumerated() {
        x = convolution(
          x, "\(name).stem.\(3 * position)", channels: channels, kernel: 3, stride: 2,
          padding: Padding(1), bias: .present)
        x = layerNorm(x, "\(name).stem.\(3 * position + 1)", epsilon: 1e-6)
        x = elementwise(x, .gelu, "\(name).stem.\(3 * position + 2)")
      }
      return convolution(
        x, "\(name).stem.\(3 * widths.count)", channels: width, kernel: 1, bias: .present)
    }
  }

  /// Attention and two linear layers, each behind a normalisation and beside the identity.
  mutating func transformerBlock(
    _ x: Value, _ names: TransformerBlockNames, heads: Int, wide: Int, epsilon: Double,
    window: Attention.Window? = nil, bias: (name: String, shape: [Int])? = nil
  ) -> Value {
    let channels = x.shape.channels
    var y = layerNorm(x, names.first, epsilon: epsilon)
    if let bias { _ = declare(bias.name, bias.shape) }
    y = selfAttention(y, names, heads: heads, bias: bias?.name, window: window)
    let sum = add(x, linear(y, names.projection, outputs: channels), names.name + ".sum")
    y = layerNorm(sum, names.second, epsilon: epsilon)
    y = elementwise(linear(y, names.wide, outputs: wide), .gelu, names.name + ".gelu")
    return add(sum, linear(y, names.narrow, outputs: channels), names.name)
  }

  /// Queries, keys and values, and attention; in windows, of which the last may reach over the edge.
  private mutating func selfAttention(
    _ x: Value, _ names: TransformerBlockNames, heads: Int, bias: String?,
    window: Attention.Window?
  ) -> Value {
    var (padded, window) = (x, window)
    if let size = window?.size { padded = paddedBelow(x, toMultiplesOf: size) }
    if padded.shape != x.shape {
      window?.extent = Size(height: x.shape.height, width: x.shape.width)
    }
    let channels = x.shape.channels
    var stacked = padded.shape
    stacked.channels = 3 * channels
    let layer = Linear(
      weight: declare(names.stackedWeight, [3 * channels, channels]),
      bias: declare(names.stackedBias, [3 * channels]))
    let parts = append(
      .linear(layer), name: names.name + ".qkv", reading: [padded], giving: stacked)
    let scale = 1 / Float(channels / heads).squareRoot()
    let y = attention(
      [parts], Attention(heads: heads, scale: scale, bias: bias, window: window),
      names.name + ".attention")
    if padded.shape == x.shape { return y }
    let edges = Padding(
      top: 0, left: 0, bottom: y.shape.height - x.shape.height,
      right: y.shape.width - x.shape.width)
    return rearranged([y], .crop(edges), names.name + ".crop")
  }
}
