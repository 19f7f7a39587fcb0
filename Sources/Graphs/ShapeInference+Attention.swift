import Tensors

extension ShapeInference {
  /// Three maps, or one of all their channels.
  func attention(_ attention: Attention) throws(GraphError) -> FeatureShape {
    try expect(
      inputs.count == 1 || inputs.count == 3, "it has \(inputs.count) inputs; it needs 1 or 3")
    var parts = inputs
    if inputs.count == 1 {
      try expect(
        inputs[0].channels % 3 == 0, "\(inputs[0].channels) channels are no three parts")
      var part = inputs[0]
      part.channels /= 3
      parts = [part, part, part]
    }
    let (queries, keys, values) = (parts[0], parts[1], parts[2])
    let heads = attention.heads
    try expect(
      queries.channels == keys.channels && keys.height == values.height
        && keys.width == values.width,
      "queries \(queries), keys \(keys) and values \(values) do not fit")
    try expect(
      heads > 0 && queries.channels % heads == 0 && values.channels == queries.channels,
      "\(queries.channels) and \(values.channels) channels do not fall into \(heads) heads")
    try expect(attention.scale.isFinite, "its scale is not finite")
    try windows(of: attention, queries, keys)
    if let bias = attention.bias { try self.bias(bias, attention, queries, keys) }
    return FeatureShape(
      channels: values.channels, height: queries.height, width: queries.width)
  }

  private func windows(
    of attention: Attention, _ queries: FeatureShape, _ keys: FeatureShape
  ) throws(GraphError) {
    // Scores are held for one window and head at a time.
    let seen = attention.window?.size.area ?? keys.area
    try expect(
      seen <= 1 << 14, "each position would see \(seen) others; at most 16384 are supported")
    guard let window = attention.window else { return }
    let (size, shift) = (window.size, window.shift)
    try expect(queries == keys, "windows over queries \(queries) and keys \(keys)")
    try expect(
      size.height > 0 && size.width > 0 && queries.height % size.height == 0
        && queries.width % size.width == 0,
      "\(queries) is no whole number of windows of \(size.height)×\(size.width)")
    try expect(
      (0..<size.height).contains(shift.height) && (0..<size.width).contains(shift.width),
      "windows of \(size.height)×\(size.width) are shifted by \(shift.height)×\(shift.width)")
    guard let extent = window.extent else { return }
    try expect(
      (1...queries.height).contains(extent.height) && (1...queries.width).contains(extent.width),
      "\(extent.height)×\(extent.width) is not part of \(queries)")
  }

  private func bias(
    _ name: String, _ attention: Attention, _ queries: FeatureShape, _ keys: FeatureShape
  ) throws(GraphError) {
    guard let shape = parameters[name] else {
      throw GraphError(place: node.name, problem: "the parameter \(name) is missing")
    }
    var expected = [attention.heads, queries.area, keys.area]
    if let size = attention.window?.size {
      expected = [attention.heads, size.area, size.area]
      if shape.count == 2 {
        expected = [(2 * size.height - 1) * (2 * size.width - 1), attention.heads]
      }
    }
    try expect(
      shape == expected, "\(name) is \(shape.crossed); the graph needs \(expected.crossed)")
  }
}
