internal import Graphs
internal import Tensors

/// What the terms of a loss read inside student and teacher, as networks that give it.
struct Wiring {
  /// Where a map of the teacher's side comes from.
  enum Source {
    /// A tap of the teacher.
    case tap(Int)
    /// What trained layers make of one.
    case adapter(Int, output: Int)
  }

  /// Trained layers behind a tap of the teacher.
  struct Adapter {
    var tap: Int
    /// Its row has all outputs, one after another.
    var model: Model
    /// Whether this stage trains it.
    var isTrained: Bool
    var outputs: [TappedModel.Tap]
  }

  /// What one term reads.
  struct Reading {
    var student = 0..<0
    var teacher = 0..<0
    /// Its own tensors, by the name within the term.
    var tensors: [String: String] = [:]
  }

  /// With the terms' layers behind it; nil where nothing inside is read.
  private(set) var student: TappedModel?
  /// Nil where nothing inside is read.
  private(set) var teacher: TappedModel?
  private(set) var adapters: [Adapter] = []
  private(set) var sources: [Source] = []
  /// One of every term.
  private(set) var readings: [Reading] = []
  /// The first values of all that the terms add, running statistics included.
  private(set) var parameters: [String: Tensor] = [:]
  /// Those that this stage does not move.
  private(set) var fixed: Set<String> = []

  /// Opens both networks for the terms of a loss.
  init(
    _ loss: TrainingLoss, student: Model, teacher: Model?, reach: StageReach? = nil,
    images: TrainingLabels = TrainingLabels(), random: RandomStream
  ) throws {
    readings = loss.terms.map { _ in Reading() }
    guard loss.readsInside, let teacher else { return }
    var pair = (
      student: try OpenNetwork(
        student, title: "the student", isFixedBehindStages: reach == .stages,
        images: images),
      teacher: try OpenNetwork(teacher, title: "the teacher")
    )
    for (position, weighted) in loss.terms.enumerated() {
      guard let term = weighted.term as? any FeatureTerm else { continue }
      let before = (pair.student.probes.count, pair.teacher.probes.count)
      pair.student.begin(term: weighted.name)
      pair.teacher.begin(term: weighted.name)
      try term.open(&pair.student, &pair.teacher)
      readings[position] = Reading(
        student: before.0..<pair.student.probes.count,
        teacher: before.1..<pair.teacher.probes.count, tensors: pair.student.ownTensors)
      for (name, shape) in pair.student.tensors { parameters[name] = Tensor(shape: shape) }
    }
    parameters.merge(InitialWeights.layers(pair.student.builder, random: random)) { $1 }
    for adapter in pair.teacher.adapters {
      parameters.merge(InitialWeights.layers(adapter.builder, random: random)) { $1 }
    }
    for (name, beginning) in pair.student.beginnings.merging(
      pair.teacher.beginnings, uniquingKeysWith: { $1 })
    {
      parameters[name]?.fill(beginning, random.forked(name))
    }
    parameters.merge(pair.student.constants) { $1 }
    fixed = Set(pair.student.constants.keys)
    for adapter in pair.teacher.adapters where !adapter.isTrained {
      fixed.formUnion(adapter.builder.parameterOrder)
    }
    try connect(pair.student, student)
    try connectTeacher(pair.teacher, teacher)
  }

  private mutating func connect(_ network: OpenNetwork, _ model: Model) throws(GraphError) {
    let nodes = network.probes.enumerated().compactMap { number, probe in
      if case .value(let value) = probe {
        (name: "read\(number)", position: value.node)
      } else {
        nil
      }
    }
    student = try TappedModel(
      Model(
        graph: network.builder.built, parameters: model.parameters.merging(parameters) { $1 }),
      logits: model.graph.nodes.count - 1, nodes: nodes)
  }

  private mutating func connectTeacher(_ network: OpenNetwork, _ model: Model) throws(GraphError) {
    var nodes: [(name: String, position: Int)] = []
    func tapped(_ node: Int) -> Int {
      nodes.append((name: "read\(nodes.count)", position: node))
      return nodes.count - 1
    }
    sources = network.probes.map { probe in
      switch probe {
      case .value(let value): .tap(tapped(value.node))
      case .adapter(let number, let output): .adapter(number, output: output)
      }
    }
    for adapter in network.adapters {
      var builder = adapter.builder
      let first = builder.flatten(adapter.outputs[0])
      let row = try TappedModel(
        Model(graph: builder.built, parameters: parameters), logits: first.node,
        nodes: adapter.outputs.dropFirst().map { (name: "output", position: $0.node) })
      let outputs =
        [TappedModel.Tap(name: "output", shape: adapter.outputs[0].shape, places: 0..<row.classes)]
        + row.taps
      adapters.append(
        Adapter(
          tap: tapped(adapter.tap), model: row.model, isTrained: adapter.isTrained,
          outputs: outputs))
    }
    teacher = try TappedModel(
      Model(graph: network.builder.built, parameters: model.parameters),
      logits: model.graph.nodes.count - 1, nodes: nodes)
  }

  /// Names of what training moves by gradients, the student's own included.
  var trainableNames: Set<String> {
    Set(
      (student?.model.graph.trainableNames ?? [])
        + adapters.flatMap { $0.model.graph.trainableNames }
        + readings.flatMap { $0.tensors.values })
  }
}

extension Tensor {
  /// Draws values.
  fileprivate mutating func fill(_ beginning: OpenNetwork.Beginning, _ random: RandomStream) {
    var random = random
    withUnsafeMutableElements { elements in
      for place in elements.indices {
        elements[place] =
          switch beginning {
          case .constant(let value): value
          case .normal(let deviation): deviation * random.normal()
          case .uniform(let bound): random.uniform(in: -bound..<bound)
          case .values(let values): values[place]
          }
      }
    }
  }
}
