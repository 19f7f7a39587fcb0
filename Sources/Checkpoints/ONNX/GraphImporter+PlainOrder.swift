import Graphs
import Tensors

/// What readers want that need values in the order in which a layer would leave them.
extension GraphImporter {
  /// An activation of four ONNX axes as a node that holds it as channels × height × width.
  mutating func image(_ activation: Activation, for node: ONNXNode) throws(ONNXError) -> Int {
    try node.expect(
      activation.view.axes.count == 3,
      "its input has \(activation.view.axes.count + 1) axes; it must have 4")
    return try plain(activation, at: node.place).node
  }

  /// An activation of two or four ONNX axes in plain order, flattened where it has two.
  mutating func plain(_ activation: Activation, at place: String) throws(ONNXError) -> Activation {
    let shape = shapes[activation.node]
    if activation.view.axes.count == 1 { return try vector(activation, at: place) }
    if activation.view == ActivationView(image: shape) { return activation }
    if let known = converted[activation] { return known }
    let extents = activation.view.shape
    guard extents.count == 3 else {
      throw ONNXError(place: place, problem: "its input has \(extents.count + 1) axes; 2 or 4 work")
    }
    var result: Activation
    if let groups = shuffledGroups(activation.view, in: shape) {
      let node = push(
        .channelShuffle(groups: groups), name: graph.nodes[activation.node].name + ".shuffle",
        reading: [activation.node], giving: shape)
      result = Activation(node: node, view: .init(image: shape))
    } else if extents == [shape.count, 1, 1] {
      result = try vector(activation, at: place)
      result.view = activation.view
    } else {
      let target = FeatureShape(channels: extents[0], height: extents[1], width: extents[2])
      let node = try ordered(activation, as: target, at: place)
      result = Activation(node: node, view: .init(image: target))
    }
    converted[activation] = result
    return result
  }

  /// An activation as a vector node.
  mutating func vector(_ activation: Activation, at place: String) throws(ONNXError) -> Activation {
    let count = shapes[activation.node].count
    let flat = ActivationView(vector: count)
    if let dealt = shuffled(activation) { return try vector(dealt, at: place) }
    guard activation.view.reshaped([count]) == flat else {
      let target = FeatureShape(channels: activation.view.count)
      let node = try ordered(activation, as: target, at: place)
      return Activation(node: node, view: .init(vector: target.count))
    }
    let request = Activation(node: activation.node, view: flat)
    guard shapes[activation.node].area > 1 else { return request }
    if let known = converted[request] { return known }
    let node = push(
      .flatten, name: graph.nodes[activation.node].name + ".flatten", reading: [activation.node],
      giving: FeatureShape(channels: count))
    converted[request] = Activation(node: node, view: flat)
    return Activation(node: node, view: flat)
  }

  /// A vector of shuffled channels as a vector of a node that shuffles them.
  private mutating func shuffled(_ activation: Activation) -> Activation? {
    if let known = converted[activation] { return known }
    let shape = shapes[activation.node]
    guard
      let image = activation.view.reshaped([shape.channels, shape.height, shape.width]),
      let groups = shuffledGroups(image, in: shape)
    else { return nil }
    let node = push(
      .channelShuffle(groups: groups), name: graph.nodes[activation.node].name + ".shuffle",
      reading: [activation.node], giving: shape)
    let result = Activation(node: node, view: .init(vector: shape.count))
    converted[activation] = result
    return result
  }

  /// Whether all that a view does is to deal out channels.
  func isShuffled(_ activation: Activation) -> Bool {
    activation.batchAxis == 0 && activation.view.axes.count == 3
      && shuffledGroups(activation.view, in: shapes[activation.node]) != nil
  }

  /// Into how many groups channels were dealt out, if that is all the view does.
  private func shuffledGroups(_ view: ActivationView, in shape: FeatureShape) -> Int? {
    let straight = ActivationView(image: shape)
    guard Array(view.axes.dropFirst()) == Array(straight.axes.dropFirst()),
      let channels = view.axes.first, channels.count == 2,
      channels[0].stride == shape.area, channels[1].stride == shape.area * channels[0].extent,
      channels[0].extent * channels[1].extent == shape.channels
    else { return nil }
    return channels[1].extent
  }
}
