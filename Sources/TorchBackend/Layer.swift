internal import Execution
internal import Graphs
internal import Tensors

/// A node with its constants, ready to run on batches of one size.
struct Layer {
  let context: TorchContext
  let operation: Operation
  let inputs: [FeatureShape]
  let output: FeatureShape
  let constants: NodeConstants
  let batch: Int
  /// Whether gradients of the constants are wanted.
  let isTrained: Bool

  /// The extents of its output.
  var sizes: [Int] { sizes(output) }

  func sizes(_ shape: FeatureShape) -> [Int] {
    [batch, shape.channels, shape.height, shape.width]
  }
}

/// What a layer keeps of a forward pass for the backward passes.
enum Kept {
  case nothing
  /// True where a ReLU's output is zero.
  case mask(TorchTensor)
  case input(TorchTensor)
  case factors(TorchTensor, TorchTensor)
  case maxima(input: TorchTensor, places: TorchTensor)
  /// Of an attention: queries times the scale, keys and values, and the shares.
  case attention(TorchTensor, TorchTensor, TorchTensor, shares: TorchTensor)
  /// Of a normalisation: its input, and the mean and inverse deviation that it used.
  case normalization(input: TorchTensor, mean: TorchTensor, deviation: TorchTensor)
}

/// A gradient under way.
struct Cotangent {
  var tensor: TorchTensor
  /// Whether nobody else reads the memory, so that it may be changed in place.
  var isOwned: Bool
}

/// What a backward pass through one layer gives.
struct LayerGradients {
  /// One for each input; nil where it was not asked for.
  var inputs: [Cotangent?]
  /// In the order of `Operation.trainableNames`; empty where they were not asked for.
  var parameters: [TorchTensor] = []
}
