public import Tensors

/// A network that gives activations of some of its nodes besides its logits.
///
/// The taps are part of the graph: its output is one row, the logits and behind them what each tapped
/// node gives, channel by channel. So every backend has taps, in evaluation and in training, takes
/// cotangents at them in the same row, and fuses away no value that a tap reads.
public struct TappedModel: Sendable {
  /// One tapped node and where its values stand.
  public struct Tap: Hashable, Sendable {
    /// The name that was asked for.
    public var name: String
    /// The shape of the activation.
    public var shape: FeatureShape
    /// Its places in an output row.
    public var places: Range<Int>

    package init(name: String, shape: FeatureShape, places: Range<Int>) {
      self.name = name
      self.shape = shape
      self.places = places
    }
  }

  /// The network with the long output row.
  public let model: Model
  /// How many logits a row begins with.
  public let classes: Int
  /// The taps in the order they were asked for.
  public let taps: [Tap]

  /// Taps a network.
  ///
  /// - Parameters:
  ///   - model: the network; it gives a vector of logits.
  ///   - names: of nodes, as ``Graph/node(tapped:)`` reads them.
  /// - Throws: ``GraphError`` for a name that is no tap, and where shapes do not fit.
  public init(_ model: Model, at names: [String]) throws(GraphError) {
    _ = try model.classes()
    var nodes: [(name: String, position: Int)] = []
    for name in names { nodes.append((name, try model.graph.node(tapped: name))) }
    try self.init(model, logits: model.graph.nodes.count - 1, nodes: nodes)
  }

  /// Taps a graph that may go on behind its logits.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - logits: the node that gives them, a vector.
  ///   - nodes: those that are tapped, under any names.
  /// - Throws: ``GraphError`` where shapes do not fit.
  package init(
    _ model: Model, logits: Int, nodes: [(name: String, position: Int)]
  ) throws(GraphError) {
    let shapes = try model.shapes()
    classes = shapes[logits].count
    var (graph, taps) = (model.graph, [Tap]())
    var inputs = [logits]
    var end = classes
    for (name, position) in nodes {
      let shape = shapes[position]
      taps.append(Tap(name: name, shape: shape, places: end..<end + shape.count))
      end += shape.count
      inputs.append(graph.nodes.count)
      graph.nodes.append(
        Graph.Node(name: "tap#\(name)", operation: .flatten, inputs: [position]))
    }
    if !nodes.isEmpty {
      graph.nodes.append(Graph.Node(name: "taps#", operation: .concatenate, inputs: inputs))
    }
    self.model = Model(graph: graph, parameters: model.parameters)
    self.taps = taps
    _ = try self.model.shapes()
  }
}

extension Graph {
  /// The name for the vector that enters the last linear layer.
  public static let penultimate = "penultimate"

  /// The node that a name of a tap means.
  ///
  /// - Parameter name: a node's own name; or the beginning of names before a dot, such as `layer2`,
  ///   which means the last such node; or ``penultimate``; or `feat0`, `feat1`, …, which the
  ///   architecture names.
  /// - Returns: its position.
  /// - Throws: ``GraphError`` with the names there are, where it means none or two nodes have it.
  public func node(tapped name: String) throws(GraphError) -> Int {
    let own = nodes.indices.filter { nodes[$0].name == name }
    if own.count > 1 {
      throw GraphError(place: name, problem: "\(own.count) nodes have this name; tap another node")
    }
    if let position = own.first { return position }
    if name == Self.penultimate {
      if let position = penultimateNode { return position }
      throw GraphError(
        place: name, problem: "the network has no linear layer; tap one of \(tapNames)")
    }
    if let position = nodes.lastIndex(where: { $0.name.hasPrefix(name + ".") }), !name.isEmpty {
      return position
    }
    if name.hasPrefix("feat"), let number = Int(name.dropFirst(4)), let taps = featureTaps?.taps,
      taps.indices.contains(number)
    {
      return taps[number].end
    }
    throw GraphError(
      place: name.isEmpty ? "a tap" : name,
      problem: "is not the name of a node; those are \(tapNames)")
  }

  package var penultimateNode: Int? {
    nodes.last {
      if case .linear = $0.operation { return true }
      return false
    }?.inputs.first
  }

  private var tapNames: String {
    let names = nodes.map(\.name).filter { !$0.isEmpty }
    let features = (featureTaps?.taps ?? []).indices.map { "feat\($0)" }
    return ((penultimateNode == nil ? [] : [Self.penultimate]) + features + names)
      .joined(separator: ", ")
  }
}
