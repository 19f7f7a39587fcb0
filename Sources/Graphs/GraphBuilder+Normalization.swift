import Tensors

extension GraphBuilder {
  /// A batch normalisation.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - name: its parameters are `name.weight`, `.bias`, `.running_mean`, `.running_var`.
  ///   - epsilon: added to the variance.
  /// - Returns: its output.
  public mutating func batchNorm(_ x: Value, _ name: String, epsilon: Double = 1e-5) -> Value {
    let operation = Operation.batchNormalization(BatchNormalization(prefix: name, epsilon: epsilon))
    for parameter in operation.parameterNames { _ = declare(parameter, [x.shape.channels]) }
    return append(operation, name: name, reading: [x], giving: x.shape)
  }

  /// A layer normalisation over the channels of each position.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - name: its parameters are `name.weight` and `name.bias`.
  ///   - epsilon: added to the variance.
  /// - Returns: its output.
  public mutating func layerNorm(_ x: Value, _ name: String, epsilon: Double) -> Value {
    let norm = LayerNormalization(
      weight: declare(name + ".weight", [x.shape.channels]),
      bias: declare(name + ".bias", [x.shape.channels]), epsilon: epsilon)
    return append(.layerNormalization(norm), name: name, reading: [x], giving: x.shape)
  }

  /// A factor a channel, the parameter of that name.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - name: of the parameter, and for taps.
  /// - Returns: its output.
  public mutating func layerScale(_ x: Value, _ name: String) -> Value {
    let affine = ChannelAffine(scale: declare(name, [x.shape.channels]), shift: nil)
    return append(.channelAffine(affine), name: name, reading: [x], giving: x.shape)
  }

  /// A mean-centred sparsification.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - name: its parameters are `name.running_mean`, `.running_var` and `.threshold`.
  /// - Returns: its output.
  public mutating func meanSparse(_ x: Value, _ name: String) -> Value {
    let sparse = MeanSparse(
      mean: declare(name + ".running_mean", [x.shape.channels]),
      variance: declare(name + ".running_var", [x.shape.channels]),
      threshold: declare(name + ".threshold", []))
    return append(.meanSparse(sparse), name: name, reading: [x], giving: x.shape)
  }
}
