import Graphs
import Tensors

/// Products of queries and keys on their way to becoming an attention.
struct Scores {
  /// Images, heads, queries and channels.
  var queries: Activation
  /// Images, heads, keys and channels.
  var keys: Activation
  /// What products are multiplied by.
  var factor: Float = 1
  /// What is added to each, heads by queries by keys; empty for nothing.
  var bias: [Float] = []
  /// The extents in the file.
  var extents: [Int]
  /// Where the batch stands among them; nil where it is part of another axis.
  var batchAxis: Int?
  /// Whether they have become shares of 1.
  var areShares = false
  /// Whether queries stand last.
  var isTurned = false

  /// How many there are of each image.
  var count: Int { extents.reduce(1, *) }
}

extension GraphImporter {
  /// Imports the product of two activations: scores, or what shares of values add up to.
  mutating func addProduct(of left: ONNXValue, _ right: ONNXValue, _ node: ONNXNode)
    throws(ONNXError)
  {
    switch (left, right) {
    case (.activation(let queries), .activation(let keys)):
      try bind(.scores(try scores(queries, keys, node)), to: node)
    case (.scores(let shares), .activation(let values)):
      try node.expect(!shares.isTurned, "its shares are transposed")
      try addAttention(shares, values, channelsLast: true, node)
    case (.activation(let values), .scores(let shares)):
      try node.expect(shares.isTurned, "its shares are not transposed")
      try addAttention(shares, values, channelsLast: false, node)
    default:
      throw node.error(
        "it multiplies two activations in a way that is no attention, which is all that is supported"
      )
    }
  }

  private mutating func scores(
    _ left: Activation, _ right: Activation, _ node: ONNXNode
  ) throws(ONNXError) -> Scores {
    let (first, second) = (extents(of: left), extents(of: right))
    let rank = first.count
    try node.expect(
      rank > 2 && second.count == rank && first.dropLast(2) == second.dropLast(2)
        && first[rank - 1] == second[rank - 2] && left.batchAxis == right.batchAxis
        && left.batchAxis ?? 0 < rank - 2,
      "it multiplies \(first.crossed) and \(second.crossed), which are no queries and keys")
    let (queries, factor) = withoutFactor(left)
    let (turned, other) = withoutFactor(right)
    var keys = turned
    let axes = keys.view.axes.count
    keys.view = keys.view.transposed(
      Array(0..<axes - 2) + [axes - 1, axes - 2])
    return Scores(
      queries: queries, keys: keys, factor: factor * other,
      extents: first.dropLast() + [second[rank - 1]], batchAxis: left.batchAxis)
  }

  /// An activation before it was multiplied by one number for all, and that number.
  private func withoutFactor(_ activation: Activation) -> (Activation, Float) {
    let node = graph.nodes[activation.node]
    guard case .channelAffine(let affine) = node.operation,
      let scale = parameters.tensors[affine.scale]?.elements, let first = scale.first,
      scale.allSatisfy({ $0 == first }),
      affine.shift.flatMap({ parameters.tensors[$0]?.elements })?.allSatisfy({ $0 == 0 }) ?? true
    else { return (activation, 1) }
    var before = activation
    before.node = node.inputs[0]
    return (before, first)
  }

  /// Imports what happens to scores between their product and the next.
  ///
  /// - Returns: whether it did anything.
  mutating func addedToScores(_ node: ONNXNode) throws(ONNXError) -> Bool {
    var values: [ONNXValue] = []
    for position in node.inputs.indices {
      if let value = try value(position, of: node) { values.append(value) }
    }
    guard let place = values.firstIndex(where: { if case .scores = $0 { true } else { false } }),
      case .scores(var scores) = values[place], node.operation != "MatMul"
    else { return false }
    switch node.operation {
    case "Identity", "Dropout", "Cast": break
    case "Softmax":
      let axis = try node.axis(try node.integer("axis") ?? -1, rank: scores.extents.count)
      try node.expect(
        axis == scores.extents.count - 1 && !scores.areShares, "it does not run over the keys")
      scores.areShares = true
    case "Transpose":
      let rank = scores.extents.count
      let order = Array(0..<rank - 2) + [rank - 1, rank - 2]
      try node.expect(
        try node.integers("perm") ?? [] == order && scores.areShares && !scores.isTurned,
        "it turns products of queries and keys")
      scores.extents.swapAt(rank - 1, rank - 2)
      scores.isTurned = true
    case "Reshape":
      guard let target = try integers("shape", orInput: 1, of: node) else {
        throw node.error("it has no shape")
      }
      let keepsZero = try node.isSet("allowzero")
      let extents = try ReshapeTarget(target, keepsZero: keepsZero).resolved(
        for: scores.extents, node)
      try node.expect(
        batch == 1 && extents.suffix(2) == scores.extents.suffix(2),
        "it reshapes products of queries and keys to \(extents.crossed)")
      scores.batchAxis = extents.first == 1 ? 0 : nil
      scores.extents = extents
    case "Mul", "Div", "Add", "Sub":
      guard values.count == 2, case .constant(let constant) = values[1 - place],
        place == 0 || node.operation == "Mul" || node.operation == "Add"
      else { throw node.error("it combines products of queries and keys with no constant") }
      try combine(&scores, node.operation, constant, node)
    default:
      throw node.error("it reads products of queries and keys, of which that is not supported")
    }
    try bind(.scores(scores), to: node)
    return true
  }

  private mutating func combine(
    _ scores: inout Scores, _ operation: String, _ constant: Constant, _ node: ONNXNode
  ) throws(ONNXError) {
    guard let tensor = constant.floats, !scores.areShares else {
      throw node.error("it changes shares of attention, or by no floating-point number")
    }
    if operation == "Mul" || operation == "Div" {
      try node.expect(tensor.count == 1, "it scales scores by more than one number")
      let factor = operation == "Mul" ? tensor[0] : 1 / tensor[0]
      scores.factor *= factor
      scores.bias = scores.bias.map { $0 * factor }
      return
    }
    try budget.charge(scores.count, of: 8, at: node.place)
    let summands = try repeated(constant, to: scores.extents, node).floats?.elements ?? []
    try node.expect(
      scores.batchAxis == nil || batch == 1 || constant.shape.count < scores.extents.count
        || constant.shape[0] == 1, "it adds other numbers for each image")
    let sign: Float = operation == "Sub" ? -1 : 1
    // Beginning with the first image, whose numbers are those of all.
    let own = summands.prefix(scores.batchAxis == nil ? summands.count : summands.count / batch)
    scores.bias =
      scores.bias.isEmpty
      ? own.map { sign * $0 } : zip(scores.bias, own).map { $0 + sign * $1 }
  }

  private mutating func addAttention(
    _ shares: Scores, _ values: Activation, channelsLast: Bool, _ node: ONNXNode
  ) throws(ONNXError) {
    let extents = extents(of: values)
    let rank = extents.count
    let keys = shares.extents[rank - (channelsLast ? 1 : 2)]
    try node.expect(
      shares.areShares && extents.count == shares.extents.count
        && extents.dropLast(2) == shares.extents.dropLast(2)
        && extents[rank - (channelsLast ? 2 : 1)] == keys && values.batchAxis == shares.batchAxis,
      "it multiplies \(shares.extents.crossed) and \(extents.crossed), which are no shares and "
        + "values")
    var values = values
    let axes = values.view.axes.count
    if !channelsLast {
      values.view = values.view.transposed(Array(0..<axes - 2) + [axes - 1, axes - 2])
    }
    let parts = [shares.queries, shares.keys, values]
    let leading = Array(values.view.shape.dropLast(2))
    let heads = leading.reduce(1, *)
    let widths = parts.map { $0.view.shape[$0.view.shape.count - 1] }
    let counts = parts.map { $0.view.shape[$0.view.shape.count - 2] }
    try node.expect(
      widths[0] == widths[2], "its values have \(widths[2]) channels, its queries \(widths[0])")
    var attention = Attention(heads: heads, scale: shares.factor)
    if !shares.bias.isEmpty {
      let shape = [heads, counts[0], counts[1]]
      attention.bias = try store(
        Constant(Tensor(shape: shape, elements: shares.bias)), kind: "bias", for: node)
    }
    let inputs = try maps(of: parts, heads: heads, node)
    let result = push(
      .attention(attention), name: node.name, reading: inputs,
      giving: FeatureShape(
        channels: heads * widths[2], height: inputs.count == 1 ? shapes[inputs[0]].height : 1,
        width: inputs.count == 1 ? shapes[inputs[0]].width : counts[0]))
    let inner = channelsLast ? [counts[0], widths[2]] : [widths[2], counts[0]]
    let all = leading + inner
    let count = leading.count
    let order = Array(0..<count) + (channelsLast ? [count + 1, count] : [count, count + 1])
    try bind(
      .activation(
        Activation(
          node: result, view: .plain(all, slowestFirst: order), batchAxis: values.batchAxis)),
      to: node)
  }

  /// Maps of queries, keys and values; one, where they are the thirds of its channels.
  private mutating func maps(
    of parts: [Activation], heads: Int, _ node: ONNXNode
  ) throws(ONNXError) -> [Int] {
    let places = parts.map { part in
      let axes = part.view.axes.count
      return part.view.transposed(Array(0..<axes - 2) + [axes - 1, axes - 2]).positions
    }
    let origins = parts.map { slice(at: $0.node) }
    let whole = shapes[origins[0].node]
    let isStacked = parts.indices.allSatisfy { number in
      origins[number].node == origins[0].node
        && places[number].count * 3 == whole.count
        && places[number].indices.allSatisfy {
          origins[number].first * whole.area + places[number][$0]
            == number * places[number].count + $0
        } && places[number].count % whole.area == 0
    }
    let counts = parts.map { $0.view.shape[$0.view.shape.count - 2] }
    if isStacked, counts.allSatisfy({ $0 == whole.area }) { return [origins[0].node] }
    var inputs: [Int] = []
    for (part, places) in zip(parts, places) {
      let positions = part.view.shape[part.view.shape.count - 2]
      inputs.append(
        try appendListing(
          places, of: part.node,
          shape: FeatureShape(
            channels: places.count / positions, height: 1, width: positions), at: node.place))
    }
    return inputs
  }

  /// What a slice of channels is taken from, and the first of them.
  private func slice(at position: Int) -> (node: Int, first: Int) {
    if case .channelSlice(let range) = graph.nodes[position].operation {
      return (graph.nodes[position].inputs[0], range.lowerBound)
    }
    return (position, 0)
  }
}
