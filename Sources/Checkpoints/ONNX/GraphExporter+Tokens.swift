import Graphs
import Tensors

/// Attention, tables and values at other places.
extension GraphExporter {
  /// A parameter, once for each image.
  mutating func add(_ table: Table, _ position: Int) -> Value {
    let values = model.parameters[table.parameter]?.elements ?? []
    let shape = table.shape
    let extents = [shape.channels, shape.height, shape.width]
    return everyImage(table.places.map { values[Int($0)] }, extents)
  }

  mutating func add(_ encoding: PositionEncoding, _ position: Int) -> Value {
    let shape = encoding.shape
    return everyImage(encoding.values, [shape.channels, shape.height, shape.width])
  }

  /// Channels divided by their norms, times the factor of their head.
  mutating func add(_ norm: RowNormalization, _ position: Int) -> Value {
    let source = asImage(input(of: position))
    let norms = append("ReduceL2", [source.name], [.init("axes", [2, 3]), .init("keepdims", 1)])
    let bounded = append("Clip", [norms, scalar(Float(norm.epsilon))])
    let normal = append("Div", [source.name, bounded])
    guard let factors = norm.temperature.flatMap({ model.parameters[$0]?.elements }) else {
      return Value(name: normal, isVector: false)
    }
    let channels = shapes[position].channels
    let scale = perChannel(
      (0..<channels).map { factors[$0 / (channels / norm.heads)] }, for: source)
    return Value(name: append("Mul", [normal, scale]), isVector: false)
  }

  private mutating func everyImage(_ values: [Float], _ extents: [Int]) -> Value {
    let constant = floats(values, [1] + extents)
    let images = append("Slice", [append("Shape", ["x"]), self.constant([0]), self.constant([1])])
    let sizes = append("Concat", [images, self.constant(extents)], [.init("axis", 0)])
    return Value(name: append("Expand", [constant, sizes]), isVector: false)
  }

  /// Edges as such, all else by a list of places.
  mutating func add(_ rearrangement: Rearrangement, _ position: Int) -> Value {
    switch rearrangement {
    case .reflectedPadding(let edges): return add(edges, "reflect", position)
    case .edgePadding(let edges): return add(edges, "edge", position)
    case .positions, .listedPositions, .joinedPositions, .spaceToDepth, .depthToSpace, .crop,
      .repeated,
      .flattenedPositions, .strided:
      break
    }
    let shape = shapes[position]
    let extents = constant([-1, shape.channels, shape.height, shape.width])
    if let rows = rows(rearrangement, position) {
      return Value(name: append("Reshape", [rows, extents]), isVector: false)
    }
    let node = model.graph.nodes[position]
    let inputs = node.inputs.map { shapes[$0] }
    var vectors: [String] = []
    for place in node.inputs.indices { vectors.append(asVector(input(place, of: position)).name) }
    let all =
      vectors.count == 1 ? vectors[0] : append("Concat", vectors, [.init("axis", 1)])
    let starts = inputs.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    let places = rearrangement.sources(from: inputs).map { starts[$0.input] + $0.place }
    let moved = append("Gather", [all, constant(places)], [.init("axis", 1)])
    return Value(name: append("Reshape", [moved, extents]), isVector: false)
  }

  /// Positions of whole maps, as rows of channels; nil where more is moved.
  private mutating func rows(_ rearrangement: Rearrangement, _ position: Int) -> String? {
    let inputs = model.graph.nodes[position].inputs
    var rows: [String] = []
    func positions() -> [Int]? {
      switch rearrangement {
      case .positions(let from, let to): Array(from..<to)
      case .listedPositions(let list): list
      default: nil
      }
    }
    if positions() == nil && rearrangement != .joinedPositions { return nil }
    for place in inputs.indices {
      let source = asImage(input(place, of: position)).name
      rows.append(append("Reshape", [source, constant([0, shapes[inputs[place]].channels, -1])]))
    }
    guard let list = positions() else { return append("Concat", rows, [.init("axis", 2)]) }
    return append("Gather", [rows[0], constant(list)], [.init("axis", 2)])
  }

  private mutating func add(_ edges: Padding, _ mode: String, _ position: Int) -> Value {
    let source = asImage(input(of: position))
    let amounts = constant([0, 0, edges.top, edges.left, 0, 0, edges.bottom, edges.right])
    return Value(
      name: append("Pad", [source.name, amounts], [.init("mode", mode)]), isVector: false)
  }

  /// Matrices of heads and windows, channels by positions.
  mutating func add(_ attention: Attention, _ position: Int) -> Value {
    let node = model.graph.nodes[position]
    let inputs = node.inputs.map { shapes[$0] }
    let output = shapes[position]
    let extents = attention.bias.flatMap { model.parameters[$0]?.shape }
    let plan = AttentionPlan(
      attention, queries: inputs[0], keys: inputs.count == 1 ? inputs[0] : inputs[1], bias: extents)
    var parts: [String] = []
    for part in 0..<3 {
      let source = asImage(input(inputs.count == 1 ? 0 : part, of: position)).name
      var name = source
      if inputs.count == 1 {
        let bounds = [part * output.channels, (part + 1) * output.channels].map { constant([$0]) }
        name = append("Slice", [source] + bounds + [constant([1])])
      }
      let places = part == 0 ? plan.queries : plan.keys
      parts.append(matrices(name, attention, output, places, plan.windows))
    }
    let turned = append("Transpose", [parts[0]], [.init("perm", [0, 1, 2, 4, 3])])
    let scaled = append("Mul", [turned, scalar(attention.scale)])
    var scores = append("MatMul", [scaled, parts[1]])
    if let constant = additions(to: attention, plan) {
      scores = append("Add", [scores, constant])
    }
    let shares = append("Softmax", [scores], [.init("axis", -1)])
    let back = append("Transpose", [shares], [.init("perm", [0, 1, 2, 4, 3])])
    let result = append("MatMul", [parts[2], back])
    return map(result, output, plan)
  }

  /// Bias and mask, if there are any: heads, windows, queries, keys.
  private mutating func additions(to attention: Attention, _ plan: AttentionPlan) -> String? {
    if attention.bias == nil && plan.regions.isEmpty { return nil }
    let bias = attention.bias.flatMap { model.parameters[$0] }
    let (queries, keys) = (plan.queriesInWindow, plan.keysInWindow)
    let windows = plan.regions.isEmpty ? 1 : plan.windows
    var values: [Float] = []
    for head in 0..<attention.heads {
      for window in 0..<windows {
        for pair in 0..<queries * keys {
          var value: Float = 0
          if let bias { value = bias[Int(plan.biasPlaces[pair]) + head * plan.biasStep] }
          if !plan.regions.isEmpty,
            plan.regions[window * queries + pair / keys]
              != plan.regions[window * keys + pair % keys]
          {
            value -= 100
          }
          values.append(value)
        }
      }
    }
    return floats(values, [1, attention.heads, windows, queries, keys])
  }

  private mutating func matrices(
    _ source: String, _ attention: Attention, _ output: FeatureShape, _ places: [Int32],
    _ windows: Int
  ) -> String {
    let width = output.channels / attention.heads
    let rows = append("Reshape", [source, constant([0, output.channels, -1])])
    let isInOrder = places.indices.allSatisfy { places[$0] == Int32($0) }
    let moved =
      isInOrder
      ? rows : append("Gather", [rows, constant(places.map(Int.init))], [.init("axis", 2)])
    let sizes = constant([0, attention.heads, width, windows, places.count / windows])
    return append(
      "Transpose", [append("Reshape", [moved, sizes])], [.init("perm", [0, 1, 3, 2, 4])])
  }

  /// The way back from it.
  private mutating func map(
    _ matrices: String, _ output: FeatureShape, _ plan: AttentionPlan
  ) -> Value {
    let turned = append("Transpose", [matrices], [.init("perm", [0, 1, 3, 2, 4])])
    var rows = append("Reshape", [turned, constant([0, output.channels, -1])])
    if !plan.queries.indices.allSatisfy({ plan.queries[$0] == Int32($0) }) {
      var places = [Int](repeating: 0, count: plan.queries.count)
      for (index, place) in plan.queries.enumerated() { places[Int(place)] = index }
      rows = append("Gather", [rows, constant(places)], [.init("axis", 2)])
    }
    let sizes = constant([0, output.channels, output.height, output.width])
    return Value(name: append("Reshape", [rows, sizes]), isVector: false)
  }
}
