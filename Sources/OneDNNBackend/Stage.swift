internal import Graphs
internal import Tensors

/// One or several nodes of a graph that are computed together.
struct Stage {
  /// What happens to a result before it is stored.
  enum Activation {
    case none
    case relu
  }

  enum Kind {
    /// The image enters, normalised if the network begins so.
    case image(Normalization?)
    /// A convolution, plus another value if there is one, then the activation.
    case convolution(Convolution, plus: Int?, Activation)
    /// A batch normalisation whose statistics are not frozen, plus another value if there is one,
    /// then the activation.
    case batchNormalization(BatchNormalization, plus: Int?, Activation)
    /// Scale and shift, then the activation.
    case affine(ChannelAffine, Activation)
    case layerNormalization(LayerNormalization)
    case meanSparse(MeanSparse)
    case relu
    case normalize(Normalization)
    case silu
    case elementwise(ElementFunction)
    case multiply
    case add(Activation)
    case maxPool(Pooling)
    case averagePool(Pooling)
    /// Channels of the inputs at new places, the rest filled with a value.
    case move(ChannelMoves)
    case flatten
    case attention(Attention)
    /// A parameter as an activation.
    case table(Table)
    case rearrange(Rearrangement)
    case rowNormalization(RowNormalization)
    case encoding(PositionEncoding)
    /// Another name for a value: a vector of one pixel's channels is that pixel.
    case rename
  }

  var kind: Kind
  /// The values read, as positions of graph nodes.
  var inputs: [Int]
  /// The value written, as the position of the last node computed.
  var output: Int

  /// The values read, as an input or to be added.
  var reads: [Int] { inputs + (addend.map { [$0] } ?? []) }

  /// The values read, where they are read again going backward through the stage.
  var readAgain: [Int] {
    switch kind {
    case .silu, .elementwise, .multiply, .layerNormalization, .meanSparse, .attention,
      .rowNormalization:
      inputs
    case .image, .convolution, .batchNormalization, .affine, .relu, .normalize, .add, .maxPool,
      .averagePool, .move, .flatten, .table, .rearrange, .encoding, .rename:
      []
    }
  }

  /// What is added before the activation.
  var addend: Int? {
    switch kind {
    case .convolution(_, let other, _), .batchNormalization(_, let other, _): other
    case .image, .affine, .layerNormalization, .meanSparse, .relu, .normalize, .silu,
      .elementwise, .multiply, .add, .maxPool, .averagePool, .move, .flatten, .attention, .table,
      .rearrange, .rowNormalization, .encoding, .rename:
      nil
    }
  }
}

/// Where the channels of a rearrangement come from.
struct ChannelMoves {
  /// For each input, pairs of its channel and the output's.
  var moves: [[(from: Int, to: Int)]]
  /// Where in the output the image begins.
  var top = 0
  var left = 0
  /// What everything else holds.
  var fill: Float = 0
}
