import Graphs
import Tensors

/// Operators that pick or join channels, or pick rows and columns.
extension GraphImporter {
  mutating func addConcat(_ node: ONNXNode) throws(ONNXError) {
    var parts: [Activation] = []
    for position in node.inputs.indices {
      guard case .activation(let part) = try settled(try value(position, of: node), node),
        part.batchAxis == 0, [1, 3].contains(part.view.axes.count),
        try node.axis(try node.integer("axis") ?? 1, rank: part.view.axes.count + 1) == 1
      else { return try addAnyConcat(node) }
      parts.append(try plain(part, at: node.place))
    }
    guard let first = parts.first, let stated = try node.integer("axis") else {
      throw node.error("it has no inputs or no axis")
    }
    let rank = first.view.axes.count + 1
    let axis = try node.axis(stated, rank: rank)
    try node.expect(axis == 1, "it joins along axis \(axis); only channels can be joined")
    var shape = shapes[first.node]
    shape.channels = 0
    for part in parts {
      let next = shapes[part.node]
      try node.expect(
        part.view.axes.count + 1 == rank && next.height == shape.height
          && next.width == shape.width, "it joins \(shapes[first.node]) and \(next)")
      shape.channels += next.channels
    }
    try node.expect(
      shape.channels <= 1 << 28 && shape.count <= 1 << 28, "its output \(shape) is too large")
    let result = push(.concatenate, name: node.name, reading: parts.map(\.node), giving: shape)
    try bind(.activation(self.activation(result, rank: rank)), to: node)
  }

  mutating func addSplit(_ node: ONNXNode) throws(ONNXError) {
    var input = try anyActivation(0, of: node)
    let rank = extents(of: input).count
    let axis = try node.axis(try node.integer("axis") ?? 0, rank: rank)
    if isShuffled(input) { input = try plain(input, at: node.place) }
    let isPlain =
      axis == 1 && input.batchAxis == 0
      && (rank == 2 || input.view == .init(image: shapes[input.node]))
    if isPlain { input = try plain(input, at: node.place) }
    let channels = extents(of: input)[axis]
    let sizes: [Int]
    if let stated = try integers("split", orInput: 1, of: node) {
      sizes = stated
    } else {
      let parts = try node.integer("num_outputs") ?? node.outputs.count
      try node.expect((1...channels).contains(parts), "it splits \(channels) channels by \(parts)")
      let size = (channels + parts - 1) / parts
      try node.expect(size * (parts - 1) < channels, "a part would be empty")
      sizes = (0..<parts).map { min(size, channels - size * $0) }
    }
    try node.expect(
      sizes.count == node.outputs.count && sizes.allSatisfy { (1...channels).contains($0) }
        && sizes.checkedSum == channels,
      "its parts are \(sizes.prefix(16)); they must be \(node.outputs.count) parts of \(channels)")
    if !isPlain { return try addAnySplit(input, axis: axis, sizes, node) }
    var start = 0
    var parts: [ONNXValue] = []
    for size in sizes {
      let part = try append(
        .channelSlice(start..<start + size), reading: input.node, for: node)
      parts.append(.activation(activation(part, rank: rank)))
      start += size
    }
    try bind(parts, to: node)
  }

  mutating func addSlice(_ node: ONNXNode) throws(ONNXError) {
    var input = try anyActivation(0, of: node)
    let extents = extents(of: input)
    let ranges = try sliceRanges(of: node, extents: extents)
    if isShuffled(input) { input = try plain(input, at: node.place) }
    let cuts = ranges.contains { axis, range in
      axis > 1 && !range.isEverything
        && !(range.start == 0 && (1...4096).contains(range.step)
          && range.count == (extents[axis] + range.step - 1) / range.step)
    }
    if cuts || input.batchAxis != 0
      || (extents.count != 2 && input.view != .init(image: shapes[input.node]))
    {
      return try addAnySlice(input, node)
    }
    input = try plain(input, at: node.place)
    var position = input.node
    for (axis, range) in ranges.sorted(by: { $0.key < $1.key }) where !range.isEverything {
      switch axis {
      case 1:
        try node.expect(range.step == 1 && range.count > 0, "it skips channels or leaves none")
        position = try append(
          .channelSlice(range.start..<range.start + range.count), reading: position, for: node)
      case 2, 3:
        let step = range.step
        try node.expect(
          range.start == 0 && (1...4096).contains(step)
            && range.count == (extents[axis] + step - 1) / step,
          "it crops rows or columns; only every n-th of all is supported")
        position = try appendStride(
          axis == 2 ? Size(height: step, width: 1) : Size(height: 1, width: step),
          reading: position, for: node)
      default: throw node.error("it picks images of a batch")
      }
    }
    try bind(.activation(activation(position, rank: extents.count)), to: node)
  }

  /// Keeps every n-th row and column: an average over windows of one pixel.
  private mutating func appendStride(_ stride: Size, reading input: Int, for node: ONNXNode)
    throws(ONNXError) -> Int
  {
    let before = graph.nodes[input]
    if case .averagePool(let pooling) = before.operation, pooling.kernel == Size(1),
      pooling.padding == .none
    {
      let both = Size(
        height: pooling.stride.height * stride.height, width: pooling.stride.width * stride.width)
      return try append(
        .averagePool(Pooling(kernel: Size(1), stride: both)), reading: before.inputs[0], for: node)
    }
    return try append(
      .averagePool(Pooling(kernel: Size(1), stride: stride)), reading: input, for: node)
  }

  /// What a Slice keeps of each axis it names.
  mutating func sliceRanges(of node: ONNXNode, extents: [Int]) throws(ONNXError)
    -> [Int: SliceRange]
  {
    guard let starts = try integers("starts", orInput: 1, of: node),
      let ends = try integers("ends", orInput: 2, of: node)
    else { throw node.error("it has no starts or no ends") }
    try node.expect(
      starts.count == ends.count && starts.count <= extents.count, "it slices too many axes")
    let named = try integers("axes", orInput: 3, of: node) ?? Array(starts.indices)
    let axes = try node.axes(named, rank: extents.count)
    let steps =
      try integers("steps", orInput: 4, of: node) ?? [Int](repeating: 1, count: axes.count)
    try node.expect(
      axes.count == starts.count && steps.count == starts.count && !steps.contains(0),
      "its starts, ends, axes and steps do not fit each other")
    var ranges: [Int: SliceRange] = [:]
    for (position, axis) in axes.enumerated() {
      ranges[axis] = SliceRange(
        start: starts[position], end: ends[position], step: steps[position],
        extent: extents[axis])
    }
    return ranges
  }

  func activation(_ position: Int, rank: Int) -> Activation {
    let shape = shapes[position]
    let view: ActivationView = rank == 2 ? .init(vector: shape.count) : .init(image: shape)
    return Activation(node: position, view: view)
  }
}

/// Positions of one axis: the first, how many, and the distance from one to the next.
struct SliceRange {
  var start: Int
  var count: Int
  var step: Int
  /// Whether it is the whole axis in order.
  var isEverything: Bool

  /// Clamps ONNX's start and end, which count from the end where negative.
  ///
  /// - Precondition: the step is not 0.
  init(start: Int, end: Int, step: Int, extent: Int) {
    func clamped(_ position: Int, _ limits: ClosedRange<Int>) -> Int {
      let counted = position < 0 ? max(position, -extent - 1) + extent : position
      return min(max(counted, limits.lowerBound), limits.upperBound)
    }
    // A step longer than the axis gives one position; a bounded one cannot overflow.
    self.step = min(max(step, -extent - 1), extent + 1)
    if step > 0 {
      self.start = clamped(start, 0...extent)
      let length = clamped(end, 0...extent) - self.start
      count = max((length + self.step - 1) / self.step, 0)
    } else {
      self.start = clamped(start, -1...max(extent - 1, -1))
      let length = self.start - clamped(end, -1...max(extent - 1, -1))
      count = max((length - self.step - 1) / -self.step, 0)
    }
    isEverything = self.start == 0 && self.step == 1 && count == extent
  }

  /// The positions in order.
  var positions: [Int] { (0..<count).map { start + $0 * step } }
}

extension [Int] {
  /// The sum, or nil when it overflows.
  var checkedSum: Int? {
    var sum = 0
    for element in self {
      let (next, overflow) = sum.addingReportingOverflow(element)
      if overflow { return nil }
      sum = next
    }
    return sum
  }
}
