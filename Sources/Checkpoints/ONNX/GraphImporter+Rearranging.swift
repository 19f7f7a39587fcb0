import Files
import Graphs
import Tensors

/// Operators that move axes without touching values: they change the view only.
extension GraphImporter {
  mutating func addReshape(_ node: ONNXNode) throws(ONNXError) {
    let input = try anyActivation(0, of: node)
    guard let target = try integers("shape", orInput: 1, of: node) else {
      throw node.error("it has no shape")
    }
    let keepsZero = try node.isSet("allowzero")
    let resolved = try ReshapeTarget(target, keepsZero: keepsZero).resolved(
      for: extents(of: input), node)
    try bindReshaped(input, to: resolved, node)
  }

  mutating func addFlatten(_ node: ONNXNode) throws(ONNXError) {
    let input = try anyActivation(0, of: node)
    let extents = extents(of: input)
    let stated = try node.integer("axis") ?? 1
    let axis = stated == extents.count ? stated : try node.axis(stated, rank: extents.count)
    let rows = extents.prefix(axis).reduce(1, *)
    try bindReshaped(input, to: [rows, extents.dropFirst(axis).reduce(1, *)], node)
  }

  mutating func addSqueeze(_ node: ONNXNode) throws(ONNXError) {
    var input = try anyActivation(0, of: node)
    let extents = extents(of: input)
    let ones = extents.indices.filter { extents[$0] == 1 }
    let stated = try integers("axes", orInput: 1, of: node) ?? ones
    let axes = try node.axes(stated, rank: extents.count)
    try node.expect(axes.allSatisfy { extents[$0] == 1 }, "it removes an axis that is not 1")
    let kept = extents.indices.filter { !axes.contains($0) }
    try node.expect(
      input.batchAxis == nil || batch == 1 && !(axes.contains(0) && input.batchAxis == 0)
        || kept.contains(input.batchAxis ?? 0),
      "it removes the batch axis")
    let view = ActivationView(
      axes: kept.compactMap { viewAxis($0, of: input) }.map { input.view.axes[$0] })
    input.batchAxis = input.batchAxis.flatMap { kept.firstIndex(of: $0) }
    input.view = view
    try bind(.activation(input), to: node)
  }

  mutating func addUnsqueeze(_ node: ONNXNode) throws(ONNXError) {
    var input = try anyActivation(0, of: node)
    guard let stated = try integers("axes", orInput: 1, of: node) else {
      throw node.error("it has no axes")
    }
    let rank = extents(of: input).count + stated.count
    try node.expect(rank <= Constant.mostAxes, "its output has \(rank) axes")
    let added = try node.axes(stated, rank: rank)
    var (axes, batchAxis) = ([[ActivationView.Run]](), input.batchAxis)
    var next = 0
    for axis in 0..<rank {
      if added.contains(axis) {
        axes.append([])
        continue
      }
      if let old = viewAxis(next, of: input) {
        axes.append(input.view.axes[old])
      } else {
        batchAxis = axis
      }
      next += 1
    }
    try node.expect(batch == 1 || batchAxis == 0, "it moves the batch axis")
    input.view = ActivationView(axes: axes)
    input.batchAxis = batchAxis
    try bind(.activation(input), to: node)
  }

  private mutating func bindReshaped(_ input: Activation, to extents: [Int], _ node: ONNXNode)
    throws(ONNXError)
  {
    var input = input
    var batchAxis: Int? = nil
    if extents.first == batch { batchAxis = 0 }
    if let axis = input.batchAxis, axis > 0, axis < extents.count,
      extents.prefix(axis + 1) == self.extents(of: input).prefix(axis + 1)
    {
      batchAxis = axis
    }
    try node.expect(
      batch == 1 || (extents.count > 1 && batchAxis == 0),
      "it reshapes to \(extents.crossed), which mixes images of a batch")
    var own = extents
    if let batchAxis { own.remove(at: batchAxis) }
    try node.expect(
      extents.count <= Constant.mostAxes && own.checkedProduct == input.view.count,
      "it reshapes \(input.view.shape.crossed) to \(own.crossed)")
    if input.view.reshaped(own) == nil {
      input.batchAxis = 0
      input = try vector(input, at: node.place)
    }
    guard let view = input.view.reshaped(own) else {
      throw node.error("it reshapes a transposed activation in a way that is not supported")
    }
    try bind(
      .activation(Activation(node: input.node, view: view, batchAxis: batchAxis)), to: node)
  }

  mutating func addTranspose(_ node: ONNXNode) throws(ONNXError) {
    var input = try anyActivation(0, of: node)
    let rank = extents(of: input).count
    let stated = try node.integers("perm") ?? Array((0..<rank).reversed())
    let order = try node.axes(stated, rank: rank)
    try node.expect(order.count == rank, "perm names \(order.count) of \(rank) axes")
    try node.expect(batch == 1 || order.first == 0, "it moves the batch axis")
    let view = input.view.transposed(order.compactMap { viewAxis($0, of: input) })
    input.batchAxis = input.batchAxis.flatMap { order.firstIndex(of: $0) }
    input.view = view
    try bind(.activation(input), to: node)
  }

  mutating func addReduceMean(_ node: ONNXNode) throws(ONNXError) {
    let input = try activation(0, of: node)
    let rank = input.view.axes.count + 1
    guard let stated = try integers("axes", orInput: 1, of: node), !stated.isEmpty else {
      throw node.error("it averages over everything; only rows and columns are supported")
    }
    let axes = try node.axes(stated, rank: rank)
    let shape = shapes[input.node]
    let split = input.view.splitting(axes.map { $0 - 1 })
    try node.expect(
      !axes.contains(0)
        && split.reduced == ActivationView(vector: shape.area).axes[0]
        && split.kept
          == ActivationView(axes: [[.init(extent: shape.channels, stride: shape.area)]])
          .axes[0],
      "it averages over axes \(axes); only all rows and columns together are supported")
    let keepsAxes = try node.integer("keepdims") ?? 1 != 0
    let position = try append(.globalAveragePool, reading: input.node, for: node)
    let extents = input.view.axes.indices.compactMap { axis in
      axes.contains(axis + 1) ? (keepsAxes ? 1 : nil) : input.view.shape[axis]
    }
    guard let view = ActivationView(vector: shape.channels).reshaped(extents) else {
      throw node.error("its output \(extents.crossed) is not supported")
    }
    try bind(.activation(Activation(node: position, view: view)), to: node)
  }
}

extension ActivationView {
  /// The runs of some axes and of the others, each in the order of storage.
  fileprivate func splitting(_ reduced: [Int]) -> (reduced: [Run], kept: [Run]) {
    func runs(_ isWanted: (Int) -> Bool) -> [Run] {
      let chosen = axes.indices.filter(isWanted).flatMap { axes[$0] }
      return Self.merged(chosen.sorted { $0.stride > $1.stride })
    }
    return (runs { reduced.contains($0) }, runs { !reduced.contains($0) })
  }
}

/// The shape a Reshape asks for, with 0 for "as before" and −1 for "the rest".
struct ReshapeTarget {
  private let extents: [Int]
  private let keepsZero: Bool

  init(_ extents: [Int], keepsZero: Bool) {
    self.extents = extents
    self.keepsZero = keepsZero
  }

  /// The extents, without 0 and −1.
  func resolved(for input: [Int], _ node: ONNXNode) throws(ONNXError) -> [Int] {
    try node.expect(extents.count <= Constant.mostAxes, "it reshapes to \(extents.count) axes")
    var result = extents
    if !keepsZero {
      for axis in result.indices where result[axis] == 0 {
        try node.expect(axis < input.count, "it keeps axis \(axis), which its input does not have")
        result[axis] = input[axis]
      }
    }
    let free = result.indices.filter { result[$0] == -1 }
    let known = result.filter { $0 != -1 }.checkedProduct
    guard let known, let count = input.checkedProduct, free.count <= 1 else {
      throw node.error("it reshapes to \(extents), which is no shape")
    }
    if let axis = free.first {
      try node.expect(
        known > 0 && count % known == 0, "it reshapes \(input.crossed) to \(extents)")
      result[axis] = count / known
    }
    try node.expect(
      result.checkedProduct == count, "it reshapes \(input.crossed) to \(extents)")
    return result
  }
}
