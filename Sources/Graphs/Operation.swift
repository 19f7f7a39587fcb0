/// A height and a width, of a kernel or a stride.
public struct Size: Hashable, Sendable, Codable {
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int

  /// Creates a size.
  ///
  /// - Parameters:
  ///   - height: rows.
  ///   - width: columns.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// Creates a square.
  ///
  /// - Parameter side: rows and columns.
  public init(_ side: Int) { self.init(height: side, width: side) }

  /// Height times width.
  public var area: Int { height * width }
}

/// Rows and columns added around an image.
public struct Padding: Hashable, Sendable, Codable {
  /// Rows above.
  public var top: Int
  /// Columns to the left.
  public var left: Int
  /// Rows below.
  public var bottom: Int
  /// Columns to the right.
  public var right: Int

  /// Creates a padding side by side.
  ///
  /// - Parameters:
  ///   - top: rows above.
  ///   - left: columns to the left.
  ///   - bottom: rows below.
  ///   - right: columns to the right.
  public init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  /// Creates an equal padding on all sides.
  ///
  /// - Parameter side: rows and columns on each side.
  public init(_ side: Int) { self.init(top: side, left: side, bottom: side, right: side) }

  /// No padding.
  public static let none = Padding(0)
}

/// A cross-correlation with learned kernels, as every framework calls convolution.
public struct Convolution: Hashable, Sendable, Codable {
  /// The parameter `[outputs, inputs / groups, height, width]`.
  public var weight: String
  /// The parameter `[outputs]`, if there is one.
  public var bias: String?
  /// Rows and columns from one output to the next.
  public var stride: Size
  /// Zeros around the input.
  public var padding: Padding
  /// Into how many groups inputs and outputs are split.
  public var groups: Int

  /// Creates a convolution.
  ///
  /// - Parameters:
  ///   - weight: the name of the kernels.
  ///   - bias: the name of the bias.
  ///   - stride: from one output to the next.
  ///   - padding: zeros around the input.
  ///   - groups: into how many groups channels are split.
  public init(
    weight: String, bias: String? = nil, stride: Size = Size(1), padding: Padding = .none,
    groups: Int = 1
  ) {
    self.weight = weight
    self.bias = bias
    self.stride = stride
    self.padding = padding
    self.groups = groups
  }
}

/// Batch normalisation: scale · (x − mean) / √(variance + ε) + shift, channel by channel.
public struct BatchNormalization: Hashable, Sendable, Codable {
  /// The parameter `[channels]` that scales.
  public var weight: String
  /// The parameter `[channels]` that shifts.
  public var bias: String
  /// The running mean `[channels]`.
  public var mean: String
  /// The running variance `[channels]`.
  public var variance: String
  /// Added to the variance.
  public var epsilon: Double

  /// Creates a batch normalisation with PyTorch's parameter names.
  ///
  /// - Parameters:
  ///   - prefix: what stands before `.weight`, `.bias`, `.running_mean` and `.running_var`.
  ///   - epsilon: added to the variance.
  public init(prefix: String, epsilon: Double = 1e-5) {
    self.init(
      weight: prefix + ".weight", bias: prefix + ".bias", mean: prefix + ".running_mean",
      variance: prefix + ".running_var", epsilon: epsilon)
  }

  /// Creates a batch normalisation from its parameters' names.
  ///
  /// - Parameters:
  ///   - weight: the scale.
  ///   - bias: the shift.
  ///   - mean: the running mean.
  ///   - variance: the running variance.
  ///   - epsilon: added to the variance.
  public init(weight: String, bias: String, mean: String, variance: String, epsilon: Double) {
    self.weight = weight
    self.bias = bias
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
  }
}

/// Scale and shift, channel by channel: what batch normalisation is once its statistics are fixed.
///
/// Without a shift it is what ConvNeXt calls layer scale.
public struct ChannelAffine: Hashable, Sendable, Codable {
  /// The parameter `[channels]` that multiplies.
  public var scale: String
  /// The parameter `[channels]` that is added, if there is one.
  public var shift: String?

  /// Creates a scale and shift.
  ///
  /// - Parameters:
  ///   - scale: the name of the factors.
  ///   - shift: the name of the summands.
  public init(scale: String, shift: String?) {
    self.scale = scale
    self.shift = shift
  }
}

/// The window of a pooling operation.
public struct Pooling: Hashable, Sendable, Codable {
  /// What an average divides by where the window reaches into the padding.
  public enum Divisor: String, Hashable, Sendable, Codable {
    /// The number of values in the whole window.
    case window
    /// The number of values inside the image.
    case inside
  }

  /// Rows and columns of the window.
  public var kernel: Size
  /// Rows and columns from one window to the next.
  public var stride: Size
  /// Rows and columns around the image: zeros for an average, ignored by a maximum.
  public var padding: Padding
  /// What an average divides by; a maximum ignores it.
  public var divisor: Divisor

  /// Creates a window.
  ///
  /// - Parameters:
  ///   - kernel: the window.
  ///   - stride: from one window to the next; the window itself by default.
  ///   - padding: around the image.
  ///   - divisor: of an average.
  public init(
    kernel: Size, stride: Size? = nil, padding: Padding = .none, divisor: Divisor = .window
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.divisor = divisor
  }
}

/// A matrix product with learned weights.
public struct Linear: Hashable, Sendable, Codable {
  /// The parameter `[outputs, inputs]`.
  public var weight: String
  /// The parameter `[outputs]`, if there is one.
  public var bias: String?

  /// Creates a linear layer.
  ///
  /// - Parameters:
  ///   - weight: the name of the matrix.
  ///   - bias: the name of the bias.
  public init(weight: String, bias: String? = nil) {
    self.weight = weight
    self.bias = bias
  }
}

/// (x − mean) / deviation, channel by channel, with constants rounded to `Float`.
public struct Normalization: Hashable, Sendable, Codable {
  /// What is subtracted, per channel.
  public var mean: [Float]
  /// What is divided by, per channel; none is zero.
  public var deviation: [Float]

  /// Creates a normalisation.
  ///
  /// - Parameters:
  ///   - mean: per channel, in units of the input.
  ///   - deviation: per channel, in units of the input.
  public init(mean: [Float], deviation: [Float]) {
    self.mean = mean
    self.deviation = deviation
  }
}

/// A constant around the image and around the stack of channels.
public struct ConstantPadding: Hashable, Sendable, Codable {
  /// Rows and columns added.
  public var spatial: Padding
  /// Channels added in front.
  public var channelsBefore: Int
  /// Channels added behind.
  public var channelsAfter: Int
  /// The value of everything added.
  public var value: Float

  /// Creates a padding.
  ///
  /// - Parameters:
  ///   - spatial: rows and columns.
  ///   - channelsBefore: channels in front.
  ///   - channelsAfter: channels behind.
  ///   - value: of everything added.
  public init(
    spatial: Padding = .none, channelsBefore: Int = 0, channelsAfter: Int = 0, value: Float = 0
  ) {
    self.spatial = spatial
    self.channelsBefore = channelsBefore
    self.channelsAfter = channelsAfter
    self.value = value
  }
}

/// Everything a network is made of.
///
/// Closed: a new case makes the compiler list what must learn it.
public enum Operation: Hashable, Sendable {
  /// The image. Exactly one node of a graph, its first.
  case input
  /// See ``Convolution``.
  case convolution(Convolution)
  /// See ``BatchNormalization``.
  case batchNormalization(BatchNormalization)
  /// See ``ChannelAffine``.
  case channelAffine(ChannelAffine)
  /// See ``LayerNormalization``.
  case layerNormalization(LayerNormalization)
  /// See ``MeanSparse``.
  case meanSparse(MeanSparse)
  /// max(x, 0).
  case relu
  /// x · σ(x), also called swish.
  case silu
  /// See ``ElementFunction``.
  case elementwise(ElementFunction)
  /// The sum of two activations of one shape.
  case add
  /// The product of two activations of one shape, or of one and a value for each of its channels.
  case multiply
  /// The largest value of each window.
  case maxPool(Pooling)
  /// The mean of each window.
  case averagePool(Pooling)
  /// The mean of each channel.
  case globalAveragePool
  /// All values as one vector, channel by channel, row by row.
  case flatten
  /// See ``Linear``. Of an image, each position's channels are a vector.
  case linear(Linear)
  /// See ``Normalization``.
  case normalize(Normalization)
  /// The channels of all inputs, one after another.
  case concatenate
  /// Channel `g · (C/groups) + i` moves to `i · groups + g`.
  case channelShuffle(groups: Int)
  /// The channels of a half-open range.
  case channelSlice(Range<Int>)
  /// See ``ConstantPadding``.
  case pad(ConstantPadding)
  /// See ``Attention``.
  case attention(Attention)
  /// See ``Table``. It reads nothing.
  case table(Table)
  /// See ``Rearrangement``.
  case rearrange(Rearrangement)
  /// See ``RowNormalization``.
  case rowNormalization(RowNormalization)
  /// See ``PositionEncoding``. It reads nothing.
  case positionEncoding(PositionEncoding)
}
