public import Graphs
public import Tensors

/// The weights that training begins with, drawn as the networks' authors draw them.
public enum InitialWeights {
  /// Draws all parameters of a network.
  ///
  /// Every parameter has a random stream of its own, so that its values depend on seed and name
  /// only.
  ///
  /// - Parameters:
  ///   - architecture: the network.
  ///   - random: the seed's stream.
  /// - Returns: the network with its parameters.
  public static func model(of architecture: Architecture, random: RandomStream) -> Model {
    model(
      architecture.graph, architecture.parameterShapes, Style(of: architecture.name), random)
  }

  /// Draws the parameters of layers that were written behind a network, as PyTorch does.
  static func layers(_ builder: GraphBuilder, random: RandomStream) -> [String: Tensor] {
    model(
      builder.built, builder.parameterShapes, Style(convolution: .uniform, linear: .uniform), random
    ).parameters
  }

  private static func model(
    _ graph: Graph, _ shapes: [String: [Int]], _ style: Style, _ random: RandomStream
  ) -> Model {
    var model = Model(graph: graph, parameters: [:])
    for (name, shape) in shapes { model.parameters[name] = Tensor(shape: shape) }
    for node in graph.nodes {
      guard let first = node.operation.parameterNames.first, shapes[first] != nil else { continue }
      switch node.operation {
      case .batchNormalization(let norm):
        for name in [norm.weight, norm.variance] {
          model.parameters[name]?.withUnsafeMutableElements { $0.update(repeating: 1) }
        }
      case .channelAffine(let affine):
        // Layer scale begins small: Liu et al., *A ConvNet for the 2020s*, CVPR 2022, appendix A.
        let scale: Float = affine.shift == nil ? 1e-6 : 1
        model.parameters[affine.scale]?.withUnsafeMutableElements { $0.update(repeating: scale) }
      case .layerNormalization(let norm):
        model.parameters[norm.weight]?.withUnsafeMutableElements { $0.update(repeating: 1) }
      case .meanSparse(let sparse):
        model.parameters[sparse.variance]?.withUnsafeMutableElements { $0.update(repeating: 1) }
      case .convolution(let layer):
        model.draw(layer.weight, layer.bias, style.convolution, random)
      case .linear(let layer): model.draw(layer.weight, layer.bias, style.linear, random)
      case .attention(let attention):
        if let bias = attention.bias { model.drawTokens(bias, random) }
      case .rowNormalization(let norm):
        if let name = norm.temperature {
          model.parameters[name]?.withUnsafeMutableElements { $0.update(repeating: 1) }
        }
      case .table(let table): model.drawTokens(table.parameter, random)
      case .input, .relu, .silu, .elementwise, .add, .multiply, .maxPool, .averagePool,
        .globalAveragePool, .flatten,
        .normalize, .concatenate, .channelShuffle, .channelSlice, .pad, .rearrange,
        .positionEncoding:
        continue
      }
    }
    return model
  }
}

/// How a layer is initialised.
private enum LayerStyle {
  /// PyTorch's default: uniform within ±1/√inputs, the bias too.
  case uniform
  /// As PyTorch's default, the bias zero.
  case uniformZeroBias
  /// Normal with variance 2/(outputs · area), the bias zero.
  case normalByOutputs
  /// Normal with deviation 0.01, the bias zero.
  case narrow
}

/// How a network is initialised.
private struct Style {
  var convolution: LayerStyle
  var linear: LayerStyle

  init(convolution: LayerStyle, linear: LayerStyle) {
    self.convolution = convolution
    self.linear = linear
  }

  init(of name: String) {
    let isSmallResNet =
      name.hasPrefix("resnet")
      && (name.hasSuffix("-A") || name.hasSuffix("x4") || Int(name.dropFirst(6)) != nil)
    if name.hasPrefix("wrn") || name.hasPrefix("dm-wrn") {
      (convolution, linear) = (.normalByOutputs, .uniformZeroBias)
    } else if name.hasPrefix("vgg") || name.hasPrefix("mobilenetv2") {
      (convolution, linear) = (.normalByOutputs, .narrow)
    } else if isSmallResNet || name.hasPrefix("bss-resnet") {
      (convolution, linear) = (.normalByOutputs, .uniform)
    } else {
      (convolution, linear) = (.uniform, .uniform)
    }
  }
}

extension Model {
  fileprivate mutating func draw(
    _ weight: String, _ bias: String?, _ style: LayerStyle, _ random: RandomStream
  ) {
    let shape = parameters[weight]?.shape ?? []
    let inputs = shape.dropFirst().reduce(1, *)
    let bound = 1 / Float(max(inputs, 1)).squareRoot()
    switch style {
    case .uniform, .uniformZeroBias:
      fill(weight, random) { $0.uniform(in: -bound..<bound) }
      if let bias, style == .uniform { fill(bias, random) { $0.uniform(in: -bound..<bound) } }
    case .normalByOutputs:
      let outputs = shape[0] * shape.dropFirst(2).reduce(1, *)
      let deviation = (2 / Float(outputs)).squareRoot()
      fill(weight, random) { deviation * $0.normal() }
    case .narrow: fill(weight, random) { 0.01 * $0.normal() }
    }
  }

  /// Tokens and embeddings: normal with deviation 0.02, as in ViT's and Swin's code.
  fileprivate mutating func drawTokens(_ name: String, _ random: RandomStream) {
    fill(name, random) { 0.02 * $0.normal() }
  }

  private mutating func fill(
    _ name: String, _ random: RandomStream, _ draw: (inout RandomStream) -> Float
  ) {
    var random = random.forked(name)
    parameters[name]?.withUnsafeMutableElements { elements in
      for position in elements.indices { elements[position] = draw(&random) }
    }
  }
}
