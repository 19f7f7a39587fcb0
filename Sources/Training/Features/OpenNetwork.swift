public import Graphs
internal import Tensors

/// A network laid open to a term of a loss: its taps, and layers that the term puts behind them.
public struct OpenNetwork {
  /// An activation inside.
  public typealias Value = GraphBuilder.Value

  /// Layers of the teacher's side that are trained, a graph of their own behind one tap.
  struct Adapter {
    /// Which of the teacher's own activations enters.
    var tap: Int
    /// Its shape.
    var input: FeatureShape
    var builder: GraphBuilder
    /// What is read, as nodes of the adapter.
    var outputs: [Value]
    /// Whether the present stage trains it.
    var isTrained: Bool
  }

  /// What the term reads, in order.
  enum Probe {
    /// An activation of the network, own or grafted.
    case value(Value)
    /// What an adapter gives.
    case adapter(Int, output: Int)
  }

  /// How a tensor begins that is not drawn as PyTorch draws a layer's.
  public enum Beginning: Hashable, Sendable {
    /// All the same.
    case constant(Float)
    /// Normally distributed around 0.
    case normal(deviation: Float)
    /// Uniform around 0.
    case uniform(bound: Float)
    /// As given.
    case values([Float])
  }

  /// `the student` or `the teacher`, for errors.
  let title: String
  /// What names of the present term begin with.
  private var prefix = ""
  /// Writes layers behind the network's.
  public var builder: GraphBuilder
  private(set) var probes: [Probe] = []
  private(set) var adapters: [Adapter] = []
  /// Tensors that no stage moves, by full name.
  private(set) var constants: [String: Tensor] = [:]
  /// Whether normalisations behind the last stage stay as they are.
  private let isFixedBehindStages: Bool
  let parameters: [String: Tensor]
  /// The images that are trained on.
  public let images: TrainingLabels
  /// By full name.
  private(set) var beginnings: [String: Beginning] = [:]
  /// The present term's own tensors, by full name.
  private(set) var tensors: [String: [Int]] = [:]
  private let taps: FeatureTaps?
  private let pooledNode: Int?
  /// The logits.
  let logits: Value

  init(
    _ model: Model, title: String, isFixedBehindStages: Bool = false,
    images: TrainingLabels = TrainingLabels()
  ) throws(GraphError) {
    self.images = images
    self.isFixedBehindStages = isFixedBehindStages
    parameters = model.parameters
    builder = GraphBuilder(continuing: model.graph, shapes: try model.shapes())
    logits = builder.value(of: model.graph.nodes.count - 1)
    taps = model.graph.featureTaps
    pooledNode = model.graph.penultimateNode
    self.title = title
  }

  /// Goes on to the next term.
  mutating func begin(term: String) {
    prefix = term
    tensors = [:]
  }

  /// The full names of the present term's own tensors, by those within the term.
  var ownTensors: [String: String] {
    Dictionary(
      uniqueKeysWithValues: tensors.keys.map { (String($0.dropFirst(prefix.count + 1)), $0) })
  }

  /// The full name of a parameter or layer of the term.
  ///
  /// - Parameter name: within the term.
  /// - Returns: the name under which the state keeps it.
  public func name(_ name: String) -> String { "\(prefix).\(name)" }

  /// The numbers of the taps that are ends of stages: 1 and more.
  ///
  /// - Throws: ``TrainingError`` where the architecture names none.
  public func stages() throws(TrainingError) -> ClosedRange<Int> { 1...(try known().count - 1) }

  /// The activation that a stage hands on; `feat0` is what enters the first.
  ///
  /// - Parameter number: of the tap.
  /// - Returns: its output.
  /// - Throws: ``TrainingError`` where there is no such tap.
  public func tap(_ number: Int) throws(TrainingError) -> Value {
    builder.value(of: try known(number).end)
  }

  /// What stands before the last activation of a stage.
  ///
  /// - Parameter number: of the tap.
  /// - Returns: its output, put together where it lies in two nodes.
  /// - Throws: ``TrainingError`` where there is no such tap.
  public mutating func tap(before number: Int) throws(TrainingError) -> Value {
    let tap = try known(number)
    let nodes = tap.before.map { builder.value(of: $0) }
    if isFixedBehindStages, number == (try stages().upperBound), nodes[0].node > tap.end {
      return fixed(nodes[0], behind: builder.value(of: tap.end))
    }
    return nodes.dropFirst().reduce(nodes[0]) { builder.concatenate($0, $1) }
  }

  /// The scale and shift of the normalisation that gives, or ends in, what stands before the last
  /// activation of a stage.
  func normalization(
    before number: Int
  ) throws(TrainingError) -> (weights: [Float], biases: [Float]) {
    let nodes = builder.built.nodes
    let candidates = try known(number).before.flatMap { [$0] + nodes[$0].inputs.prefix(1) }
    for node in candidates {
      if case .batchNormalization(let norm) = nodes[node].operation {
        return (parameters[norm.weight]?.elements ?? [], parameters[norm.bias]?.elements ?? [])
      }
    }
    throw TrainingError(
      place: title,
      problem: "has no batch normalisation before feat\(number), which decides what is compared; "
        + "name another network")
  }

  /// A batch normalisation with its running statistics as they are.
  private mutating func fixed(_ value: Value, behind input: Value) -> Value {
    guard case .batchNormalization(let norm) = builder.built.nodes[value.node].operation else {
      return value
    }
    func elements(_ name: String) -> [Double] {
      (parameters[name]?.elements ?? []).map { Double($0) }
    }
    let scale = zip(elements(norm.weight), elements(norm.variance)).map {
      $0 / ($1 + norm.epsilon).squareRoot()
    }
    let shift = zip(elements(norm.bias), zip(elements(norm.mean), scale)).map {
      $0 - $1.0 * $1.1
    }
    let names = (name("fixed.scale"), name("fixed.shift"))
    for (name, values) in [(names.0, scale), (names.1, shift)] {
      constants[name] = Tensor(shape: [values.count], elements: values.map { Float($0) })
    }
    return builder.append(
      .channelAffine(ChannelAffine(scale: names.0, shift: names.1)), name: name("fixed"),
      reading: [input], giving: input.shape)
  }

  /// The vector that enters the classifier.
  ///
  /// - Returns: its output.
  /// - Throws: ``TrainingError`` where no linear layer ends the network.
  public func pooled() throws(TrainingError) -> Value {
    guard let pooledNode else {
      throw TrainingError(
        place: title, problem: "has no linear layer, whose input is compared; name another network")
    }
    return builder.value(of: pooledNode)
  }

  /// Has the term read an activation.
  ///
  /// - Parameter value: of the network, or of layers behind it.
  public mutating func read(_ value: Value) { probes.append(.value(value)) }

  /// Has the term read what trained layers of their own make of a fixed activation.
  ///
  /// - Parameters:
  ///   - value: an activation of the teacher.
  ///   - isTrained: whether the present stage trains the layers, not an earlier one.
  ///   - layers: written by the graph that is given, behind its image; returns what is read.
  /// - Throws: what `layers` throws.
  public mutating func read(
    _ value: Value, isTrained: Bool = true,
    through layers: (inout GraphBuilder, Value) throws(TrainingError) -> [Value]
  ) throws(TrainingError) {
    var own = GraphBuilder(input: value.shape)
    let outputs = try layers(&own, own.input)
    for number in outputs.indices { probes.append(.adapter(adapters.count, output: number)) }
    adapters.append(
      Adapter(
        tap: value.node, input: value.shape, builder: own, outputs: outputs,
        isTrained: isTrained))
  }

  /// Gives the term a tensor of its own, which is part of the state.
  ///
  /// - Parameters:
  ///   - name: within the term.
  ///   - shape: of the tensor.
  ///   - beginning: its first values.
  public mutating func keep(_ name: String, _ shape: [Int], beginning: Beginning) {
    tensors[self.name(name)] = shape
    begin(name, beginning)
  }

  /// Says how a parameter begins.
  ///
  /// - Parameters:
  ///   - name: within the term.
  ///   - beginning: its first values.
  public mutating func begin(_ name: String, _ beginning: Beginning) {
    beginnings[self.name(name)] = beginning
  }

  private func known() throws(TrainingError) -> [FeatureTaps.Tap] {
    guard let taps else {
      throw TrainingError(
        place: title,
        problem: "has no stages of known names, which are compared; name a network such as resnet20"
      )
    }
    return taps.taps
  }

  private func known(_ number: Int) throws(TrainingError) -> FeatureTaps.Tap {
    let known = try known()
    guard known.indices.contains(number) else {
      throw TrainingError(
        place: title,
        problem:
          "has no tap feat\(number); its last is feat\(known.count - 1); name another network")
    }
    return known[number]
  }
}
