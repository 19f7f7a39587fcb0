import Graphs
import Tensors

/// The values of one activation: channels, rows, columns.
typealias Values = UnsafeMutableBufferPointer<Float>

/// What a layer reads and writes for one image: activations, or the gradients with respect to them.
struct Pass {
  /// One activation for each input.
  var inputs: [Values]
  /// The layer's own activation.
  var output: Values
  /// Room for ``Layer/scratchCount`` values that nobody else needs.
  var scratch: Values
}

/// An operation with its shapes and weights, forward and backward side by side.
protocol Layer: Sendable {
  /// How much room its computation needs besides inputs and output.
  var scratchCount: Int { get }

  /// Writes the output.
  func forward(_ values: Pass)

  /// Adds to the input gradients what the output's gradient contributes.
  ///
  /// - Parameters:
  ///   - values: the activations of the forward pass.
  ///   - gradients: the output's is complete, the inputs' are sums under way.
  func backward(_ values: Pass, gradients: Pass)

  /// Adds to the gradients of its parameters what one image contributes.
  ///
  /// - Parameters:
  ///   - values: the activations of the forward pass.
  ///   - gradients: the output's is complete.
  ///   - parameters: sums under way, in the order of `Operation.trainableNames`.
  func accumulate(_ values: Pass, gradients: Pass, into parameters: [Values])
}

extension Layer {
  var scratchCount: Int { 0 }

  func accumulate(_ values: Pass, gradients: Pass, into parameters: [Values]) {}
}

extension Step {
  /// Prepares one node of a frozen model whose shapes were checked.
  init(node position: Int, of model: Model, shapes: [FeatureShape]) {
    inputs = model.graph.nodes[position].inputs
    count = shapes[position].count
    layer = model.layer(at: position, shapes: shapes)
  }
}

extension Model {
  /// What a node computes image by image; nil for the input.
  ///
  /// The node is no batch normalisation, and shapes were checked.
  func layer(at position: Int, shapes: [FeatureShape]) -> (any Layer)? {
    let node = graph.nodes[position]
    let output = shapes[position]
    let read = node.inputs.map { shapes[$0] }
    func parameter(_ name: String) -> Tensor {
      guard let tensor = parameters[name] else {
        preconditionFailure("shape inference found every parameter")
      }
      return tensor
    }
    switch node.operation {
    case .input: return nil
    case .convolution(let convolution):
      return ConvolutionLayer(
        weight: parameter(convolution.weight), bias: convolution.bias.map(parameter),
        windows: Windows(
          input: read[0], output: output, stride: convolution.stride,
          padding: convolution.padding),
        groups: convolution.groups)
    case .batchNormalization: preconditionFailure("batch normalisations are frozen beforehand")
    case .channelAffine(let affine):
      return ChannelAffineLayer(
        scale: parameter(affine.scale), shift: affine.shift.map(parameter), area: output.area)
    case .layerNormalization(let norm):
      return LayerNormalizationLayer(
        weight: parameter(norm.weight), bias: parameter(norm.bias), epsilon: norm.epsilon,
        area: output.area)
    case .meanSparse(let sparse):
      return MeanSparseLayer(
        mean: parameter(sparse.mean), variance: parameter(sparse.variance),
        threshold: parameter(sparse.threshold)[0], area: output.area)
    case .relu: return ReLULayer()
    case .silu: return SiLULayer()
    case .elementwise(let function): return FunctionLayer(function: function)
    case .add: return AddLayer()
    case .multiply: return ProductLayer(area: read[0].area / read[1].area)
    case .maxPool(let pooling):
      return MaxPoolLayer(pooling: pooling, input: read[0], output: output)
    case .averagePool(let pooling):
      return AveragePoolLayer(pooling: pooling, input: read[0], output: output)
    case .globalAveragePool: return GlobalAveragePoolLayer(area: read[0].area)
    case .flatten: return FlattenLayer()
    case .linear(let linear):
      let (weight, bias) = (parameter(linear.weight), linear.bias.map(parameter))
      if output.area == 1 { return LinearLayer(weight: weight, bias: bias) }
      return ConvolutionLayer(
        weight: weight.reshaped(weight.shape + [1, 1]), bias: bias,
        windows: Windows(input: read[0], output: output, stride: Size(1), padding: .none),
        groups: 1)
    case .normalize(let constants):
      return NormalizeLayer(constants: constants, area: output.area)
    case .concatenate: return ConcatenateLayer()
    case .channelShuffle(let groups):
      return ChannelShuffleLayer(groups: groups, shape: output)
    case .channelSlice(let range):
      return ChannelSliceLayer(first: range.lowerBound, area: output.area)
    case .pad(let padding):
      return PadLayer(padding: padding, input: read[0], output: output)
    case .attention(let attention):
      return AttentionLayer(attention, bias: attention.bias.map(parameter), inputs: read)
    case .table(let table):
      return TableLayer(values: parameter(table.parameter), places: table.places)
    case .rowNormalization(let norm):
      return RowNormalizationLayer(
        norm: norm, temperature: norm.temperature.map(parameter), shape: output)
    case .positionEncoding(let encoding): return ConstantLayer(values: encoding.values)
    case .rearrange(let rearrangement):
      return RearrangementLayer(sources: rearrangement.sources(from: read))
    }
  }
}
