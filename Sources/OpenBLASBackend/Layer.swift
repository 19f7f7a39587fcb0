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
}

extension Layer {
  var scratchCount: Int { 0 }
}

extension Step {
  /// Prepares one node of a frozen model whose shapes were checked.
  init(node position: Int, of model: Model, shapes: [FeatureShape]) {
    let node = model.graph.nodes[position]
    let output = shapes[position]
    inputs = node.inputs
    count = output.count
    let read = node.inputs.map { shapes[$0] }
    func parameter(_ name: String) -> Tensor {
      guard let tensor = model.parameters[name] else {
        preconditionFailure("shape inference found every parameter")
      }
      return tensor
    }
    switch node.operation {
    case .input: layer = nil
    case .convolution(let convolution):
      layer = ConvolutionLayer(
        weight: parameter(convolution.weight), bias: convolution.bias.map(parameter),
        windows: Windows(
          input: read[0], output: output, stride: convolution.stride,
          padding: convolution.padding),
        groups: convolution.groups)
    case .batchNormalization: preconditionFailure("batch normalisations are frozen beforehand")
    case .channelAffine(let affine):
      layer = ChannelAffineLayer(
        scale: parameter(affine.scale), shift: parameter(affine.shift), area: output.area)
    case .relu: layer = ReLULayer()
    case .silu: layer = SiLULayer()
    case .add: layer = AddLayer()
    case .maxPool(let pooling):
      layer = MaxPoolLayer(pooling: pooling, input: read[0], output: output)
    case .averagePool(let pooling):
      layer = AveragePoolLayer(pooling: pooling, input: read[0], output: output)
    case .globalAveragePool: layer = GlobalAveragePoolLayer(area: read[0].area)
    case .flatten: layer = FlattenLayer()
    case .linear(let linear):
      layer = LinearLayer(weight: parameter(linear.weight), bias: linear.bias.map(parameter))
    case .normalize(let constants):
      layer = NormalizeLayer(constants: constants, area: output.area)
    case .concatenate: layer = ConcatenateLayer()
    case .channelShuffle(let groups):
      layer = ChannelShuffleLayer(groups: groups, shape: output)
    case .channelSlice(let range):
      layer = ChannelSliceLayer(first: range.lowerBound, area: output.area)
    case .pad(let padding):
      layer = PadLayer(padding: padding, input: read[0], output: output)
    }
  }
}
