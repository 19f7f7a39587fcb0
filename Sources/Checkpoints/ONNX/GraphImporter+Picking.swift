import Graphs
import Tensors

/// Operators that pick or join values along any axis.
extension GraphImporter {
  /// Imports a Gather along any axis but the batch.
  mutating func addGather(_ node: ONNXNode) throws(ONNXError) {
    let input = try anyActivation(0, of: node)
    guard let chosen = try constant(1, of: node), let indices = chosen.integers else {
      throw node.error("its indices are no integers")
    }
    let extents = extents(of: input)
    let axis = try node.axis(try node.integer("axis") ?? 0, rank: extents.count)
    let extent = extents[axis]
    try node.expect(
      indices.allSatisfy { (-extent..<extent).contains($0) }, "an index is not below \(extent)")
    guard let own = viewAxis(axis, of: input) else {
      throw node.error("it picks images of a batch")
    }
    var result = try selected(
      input, axis: own, indices.map { $0 < 0 ? $0 + extent : $0 }, for: node)
    if chosen.shape.count != 1 {
      var axes = result.view.axes
      guard let inner = ActivationView(axes: [axes[own]]).reshaped(chosen.shape) else {
        throw node.error("its indices \(chosen.shape.crossed) do not fit its input")
      }
      axes.replaceSubrange(own...own, with: inner.axes)
      if let batchAxis = result.batchAxis {
        if batchAxis > axis { result.batchAxis = batchAxis + chosen.shape.count - 1 }
      } else if chosen.shape.first == 1, own == 0, batch == 1 {
        // All values of all images were listed one by one; of one image, these are its own.
        axes.removeFirst()
        result.batchAxis = 0
      }
      result.view = ActivationView(axes: axes)
    }
    try bind(.activation(result), to: node)
  }

  /// Imports a Slice along any axes but the batch.
  mutating func addAnySlice(_ input: Activation, _ node: ONNXNode) throws(ONNXError) {
    let ranges = try sliceRanges(of: node, extents: extents(of: input))
    var result = input
    for (axis, range) in ranges.sorted(by: { $0.key < $1.key }) where !range.isEverything {
      guard let own = viewAxis(axis, of: input) else {
        throw node.error("it picks images of a batch")
      }
      result = try selected(result, axis: own, range.positions, for: node)
    }
    try bind(.activation(result), to: node)
  }

  /// The parts into which an axis is split.
  mutating func addAnySplit(
    _ input: Activation, axis: Int, _ sizes: [Int], _ node: ONNXNode
  ) throws(ONNXError) {
    guard let own = viewAxis(axis, of: input) else { throw node.error("it splits a batch") }
    var (parts, start) = ([ONNXValue](), 0)
    for size in sizes {
      parts.append(
        .activation(try selected(input, axis: own, Array(start..<start + size), for: node)))
      start += size
    }
    try bind(parts, to: node)
  }

  /// Imports a Concat along any axis but the batch, of activations and constants.
  mutating func addAnyConcat(_ node: ONNXNode) throws(ONNXError) {
    var known: Activation?
    var values: [ONNXValue] = []
    for position in node.inputs.indices {
      guard let value = try settled(try value(position, of: node), node) else {
        throw node.error("input \(position) is missing")
      }
      if case .activation(let activation) = value { known = known ?? activation }
      values.append(value)
    }
    guard let known, let stated = try node.integer("axis") else {
      throw node.error("it has no inputs or no axis")
    }
    let whole = extents(of: known)
    let axis = try node.axis(stated, rank: whole.count)
    guard let own = viewAxis(axis, of: known) else { throw node.error("it joins batches") }
    var parts: [Activation] = []
    for value in values {
      switch value {
      case .activation(let activation): parts.append(activation)
      case .constant(let constant):
        var extents = known.view.shape
        try node.expect(
          constant.shape.count == whole.count,
          "it joins \(constant.shape.crossed) and \(whole.crossed)")
        extents[own] = constant.shape[axis]
        parts.append(try table(constant, extents, batchAxis: known.batchAxis, for: node))
      case .sigmoid, .scores:
        throw node.error("it reads products of queries and keys, of which that is not supported")
      }
    }
    try bind(.activation(try joined(parts, axis: own, node)), to: node)
  }

  private mutating func joined(
    _ parts: [Activation], axis: Int, _ node: ONNXNode
  ) throws(ONNXError) -> Activation {
    let first =
      parts.first { if case .table = graph.nodes[$0.node].operation { false } else { true } }
      ?? parts[0]
    var extents = first.view.shape
    // Axes as the values lie, so that channels stay channels.
    func distance(_ axis: Int) -> Int { first.view.axes[axis].map(\.stride).max() ?? 0 }
    let order = extents.indices.sorted { (distance($0), $1) > (distance($1), $0) }
    let place = order.firstIndex(of: axis) ?? 0
    let outer = order.prefix(place).reduce(1) { $0 * extents[$1] }
    let inner = order.dropFirst(place + 1).reduce(1) { $0 * extents[$1] }
    var inputs: [Int] = []
    var total = 0
    for part in parts {
      var own = part.view.shape
      let length = own[axis]
      own[axis] = extents[axis]
      try node.expect(
        own == extents && part.batchAxis == first.batchAxis,
        "it joins \(self.extents(of: part).crossed) and \(self.extents(of: first).crossed)")
      total += length
      let turned = Activation(node: part.node, view: part.view.transposed(order))
      inputs.append(
        try ordered(
          turned,
          as: outer == 1
            ? FeatureShape(channels: length, height: 1, width: inner)
            : FeatureShape(channels: outer, height: 1, width: length * inner), at: node.place))
    }
    extents[axis] = total
    let shape = FeatureShape(
      channels: outer == 1 ? total : outer, height: 1, width: outer == 1 ? inner : total * inner)
    try node.expect(shape.count <= 1 << 28, "its output \(shape) is too large")
    let result = push(
      outer == 1 ? .concatenate : .rearrange(.joinedPositions), name: node.name, reading: inputs,
      giving: shape)
    return Activation(
      node: result, view: .plain(extents, slowestFirst: order), batchAxis: first.batchAxis)
  }
}
