import Graphs
import Tensors

/// Activations whose values are put where an operator wants them.
extension GraphImporter {
  /// What may still be listed of one activation: places are listed one by one here.
  private func chargePlaces(_ count: Int, at place: String) throws(ONNXError) {
    guard count <= 1 << 23 else {
      throw ONNXError(place: place, problem: "it moves \(count) values one by one")
    }
  }

  /// A node that holds values of another at listed places.
  mutating func appendListing(
    _ places: [Int], of input: Int, shape: FeatureShape, at place: String
  ) throws(ONNXError) -> Int {
    guard let result = try listing(places, of: input, shape: shape, at: place) else {
      throw ONNXError(
        place: place, problem: "its input is rearranged in a way that follows no rule")
    }
    return result
  }

  /// Such a node, or nil where the places follow no rule.
  private mutating func listing(
    _ places: [Int], of input: Int, shape: FeatureShape, at place: String
  ) throws(ONNXError) -> Int? {
    let name = graph.nodes[input].name + ".moved"
    if places.count == shapes[input].count, shape == shapes[input],
      places.indices.allSatisfy({ places[$0] == $0 })
    {
      return input
    }
    let (area, before) = (shape.area, shapes[input])
    let first = places[0] / before.area
    let isRun = places.indices.allSatisfy { places[$0] == first * before.area + $0 }
    if places[0] % before.area == 0, area == before.area, isRun {
      var whole = before
      whole.channels = shape.channels
      if whole == shape {
        return push(
          .channelSlice(first..<first + shape.channels), name: name, reading: [input],
          giving: shape)
      }
    }
    let rearrangement: Rearrangement
    if let view = StridedView(listing: places, shape: shape) {
      rearrangement = .strided(view)
    } else if shape.channels == before.channels, shape.height == 1,
      places.indices.allSatisfy({ places[$0] == $0 / area * before.area + places[$0 % area] })
    {
      rearrangement = .listedPositions(Array(places[..<area]))
    } else {
      return nil
    }
    return push(.rearrange(rearrangement), name: name, reading: [input], giving: shape)
  }

  /// An activation whose values lie in the order of its view, under a shape of as many values.
  mutating func ordered(
    _ activation: Activation, as shape: FeatureShape, at place: String
  ) throws(ONNXError) -> Int {
    try chargePlaces(activation.view.count, at: place)
    return try appendListing(
      activation.view.positions, of: activation.node, shape: shape, at: place)
  }

  /// An activation with an axis of the view as its channels, and all others as positions.
  mutating func withChannels(
    _ axis: Int, _ activation: Activation, for node: ONNXNode
  ) throws(ONNXError) -> Activation {
    let shape = shapes[activation.node]
    let channels = ActivationView.merged([.init(extent: shape.channels, stride: shape.area)])
    if activation.view.axes[axis] == channels { return activation }
    let request = Activation(
      node: activation.node, view: activation.view, batchAxis: -1 - axis)
    if let known = moved[request] {
      return Activation(node: known.node, view: known.view, batchAxis: activation.batchAxis)
    }
    let extents = activation.view.shape
    let order = [axis] + extents.indices.filter { $0 != axis }
    let target = FeatureShape(
      channels: extents[axis], height: 1, width: activation.view.count / max(extents[axis], 1))
    let turned = Activation(
      node: activation.node, view: activation.view.transposed(order))
    let position = try ordered(turned, as: target, at: node.place)
    var result = Activation(
      node: position, view: .plain(extents, slowestFirst: order), batchAxis: activation.batchAxis)
    moved[request] = result
    result.batchAxis = activation.batchAxis
    return result
  }

  /// Another activation of the same extents, laid out as a first one.
  mutating func laidOut(
    _ activation: Activation, like other: Activation, for node: ONNXNode
  ) throws(ONNXError) -> Activation {
    if activation.view == other.view, shapes[activation.node] == shapes[other.node] {
      return activation
    }
    try chargePlaces(activation.view.count, at: node.place)
    try node.expect(
      activation.view.count == shapes[other.node].count,
      "it combines part of an activation with another")
    var places = [Int](repeating: 0, count: activation.view.count)
    for (own, target) in zip(activation.view.positions, other.view.positions) {
      places[target] = own
    }
    let position = try appendListing(
      places, of: activation.node, shape: shapes[other.node], at: node.place)
    return Activation(node: position, view: other.view, batchAxis: other.batchAxis)
  }

  /// Some of the values along one axis, which become the positions of a map.
  private mutating func listed(
    _ activation: Activation, axis: Int, _ indices: [Int], for node: ONNXNode
  ) throws(ONNXError) -> Activation {
    var extents = activation.view.shape
    let order = extents.indices.filter { $0 != axis } + [axis]
    let count = extents[axis]
    let channels = activation.view.count / count
    let turned = Activation(node: activation.node, view: activation.view.transposed(order))
    let map = try ordered(
      turned, as: FeatureShape(channels: channels, height: 1, width: count), at: node.place)
    let result = push(
      .rearrange(.listedPositions(indices)), name: node.name, reading: [map],
      giving: FeatureShape(channels: channels, height: 1, width: indices.count))
    extents[axis] = indices.count
    return Activation(
      node: result, view: .plain(extents, slowestFirst: order), batchAxis: activation.batchAxis)
  }

  /// Some of the values along one axis of the view, in the order in which the values lie.
  mutating func selected(
    _ activation: Activation, axis: Int, _ indices: [Int], for node: ONNXNode
  ) throws(ONNXError) -> Activation {
    if indices == Array(0..<activation.view.shape[axis]) { return activation }
    try node.expect(!indices.isEmpty, "it leaves nothing")
    try chargePlaces(activation.view.count, at: node.place)
    let area = shapes[activation.node].area
    let along = ActivationView(axes: [activation.view.axes[axis]]).positions
    let chosen = indices.map { along[$0] }
    // One counter for the chosen places, between those of the other axes by how far apart they are.
    struct Counter {
      var axis: Int
      var places: [Int]
      var distance: Int
    }
    var counters: [Counter] = []
    for (number, runs) in activation.view.axes.enumerated() where number != axis {
      for run in runs {
        counters.append(
          Counter(
            axis: number, places: (0..<run.extent).map { $0 * run.stride }, distance: run.stride))
      }
    }
    let distance = activation.view.axes[axis].map(\.stride).min() ?? 0
    counters.append(Counter(axis: axis, places: chosen, distance: distance))
    counters.sort { $0.distance > $1.distance }
    func extent(_ isWanted: (Counter) -> Bool) -> Int {
      counters.filter(isWanted).reduce(1) { $0 * $1.places.count }
    }
    let (channels, positions) = (
      extent { $0.distance >= area && $0.distance > 0 || area == 1 },
      extent { !($0.distance >= area && $0.distance > 0 || area == 1) }
    )
    var places = [0]
    for counter in counters {
      places = places.flatMap { start in counter.places.map { start + $0 } }
    }
    var target = FeatureShape(channels: channels, height: 1, width: positions)
    if positions == area, distance >= area {
      (target.height, target.width) = (
        shapes[activation.node].height, shapes[activation.node].width
      )
    }
    guard
      let position = try listing(places, of: activation.node, shape: target, at: node.place)
    else { return try listed(activation, axis: axis, indices, for: node) }
    var axes = [[ActivationView.Run]](repeating: [], count: activation.view.axes.count)
    var stride = channels * positions
    for counter in counters {
      stride /= counter.places.count
      axes[counter.axis].append(.init(extent: counter.places.count, stride: stride))
    }
    // Counters of one axis are read in the axis's own order.
    for number in axes.indices where number != axis {
      let order = activation.view.axes[number].map(\.extent)
      let own = counters.filter { $0.axis == number }
      axes[number] = activation.view.axes[number].compactMap { run in
        own.firstIndex { $0.distance == run.stride }.map { axes[number][$0] }
      }
      try node.expect(axes[number].map(\.extent) == order, "it selects from a repeated value")
    }
    return Activation(
      node: position, view: ActivationView(axes: axes), batchAxis: activation.batchAxis)
  }
}

extension ActivationView {
  /// The view of values that lie without gaps, the first of some axes the slowest.
  static func plain(_ extents: [Int], slowestFirst order: [Int]) -> ActivationView {
    var axes = [[Run]](repeating: [], count: extents.count)
    var stride = 1
    for axis in order.reversed() {
      axes[axis] = [Run(extent: extents[axis], stride: stride)]
      stride *= extents[axis]
    }
    return ActivationView(axes: axes)
  }
}
