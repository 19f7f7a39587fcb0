public import Tensors

/// Maps whose positions are tokens: rows of them lie behind each other.
extension GraphBuilder {
  /// Attention.
  ///
  /// - Parameters:
  ///   - inputs: one map of queries, keys and values, or three.
  ///   - attention: how.
  ///   - name: for taps.
  ///   - biasShape: the extents of its bias, where it has one.
  /// - Returns: its output, with the positions of the queries.
  public mutating func attention(
    _ inputs: [Value], _ attention: Attention, _ name: String, biasShape: [Int]? = nil
  ) -> Value {
    if let bias = attention.bias, let biasShape { _ = declare(bias, biasShape) }
    var shape = inputs[0].shape
    shape.channels = inputs.count == 1 ? shape.channels / 3 : inputs[2].shape.channels
    return append(.attention(attention), name: name, reading: inputs, giving: shape)
  }

  /// A parameter as an activation.
  ///
  /// - Parameters:
  ///   - parameter: its name.
  ///   - extents: its extents in a checkpoint.
  ///   - shape: what it gives.
  ///   - order: in which order the values are held.
  /// - Returns: its output.
  public mutating func table(
    _ parameter: String, _ extents: [Int], _ shape: FeatureShape,
    order: Table.Order = .channelsLast
  ) -> Value {
    let table = Table(parameter: declare(parameter, extents), shape: shape, order: order)
    return append(.table(table), name: parameter, reading: [], giving: shape)
  }

  /// Channels divided by their norms.
  ///
  /// - Parameters:
  ///   - x: its input.
  ///   - norm: how.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func rowNormalized(
    _ x: Value, _ norm: RowNormalization, _ name: String
  ) -> Value {
    if let temperature = norm.temperature { _ = declare(temperature, [norm.heads, 1, 1]) }
    return append(.rowNormalization(norm), name: name, reading: [x], giving: x.shape)
  }

  /// Values at other places.
  ///
  /// - Parameters:
  ///   - inputs: what it reads; they must fit.
  ///   - rearrangement: which places.
  ///   - name: for taps.
  /// - Returns: its output.
  public mutating func rearranged(
    _ inputs: [Value], _ rearrangement: Rearrangement, _ name: String = "rearranged"
  ) -> Value {
    guard let shape = rearrangement.shape(of: inputs.map(\.shape)) else {
      preconditionFailure("\(name) rearranges shapes that do not fit")
    }
    return append(.rearrange(rearrangement), name: name, reading: inputs, giving: shape)
  }

  /// Tokens in front of a map's positions, and what is added to all of them.
  ///
  /// - Parameters:
  ///   - x: the map.
  ///   - tokens: parameters of one token each.
  ///   - positions: the parameter that is added, of as many tokens as there are then.
  /// - Returns: one row of tokens.
  public mutating func embedded(_ x: Value, tokens: [String], positions: String) -> Value {
    let channels = x.shape.channels
    let first = tokens.map { table($0, [1, 1, channels], FeatureShape(channels: channels)) }
    // The checkpoint has them in the order of this declaration.
    let count = tokens.count + x.shape.area
    let added = table(
      positions, [1, count, channels],
      FeatureShape(channels: channels, height: 1, width: count))
    return add(rearranged(first + [x], .joinedPositions, "tokens"), added, "embedded")
  }
}
