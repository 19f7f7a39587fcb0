internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

/// A network lowered to stages, with its packed weights.
final class OneDNNNetwork: CompiledNetwork {
  let graph: Graph
  let shapes: [FeatureShape]
  let stages: [Stage]
  /// The image's value, if only convolutions read it and it can stay as it comes.
  let planarImage: Int?
  let weightShapes: [String: [Int]]
  let weights: PackedWeights
  let numerics: Numerics
  let engine: Engine
  /// How the buffers of its plans share memory.
  let sharing: ArenaSharing
  /// The nodes of the lowered model that are computed as rearrangement and convolution of one pixel.
  private let patches: Set<Int>

  /// Lowers a network.
  convenience init(
    lowering model: Model, numerics: Numerics, engine: Engine, sharing: ArenaSharing
  ) throws {
    let lowered = try model.lowered(for: numerics)
    let plain = try OneDNNNetwork(lowered, numerics: numerics, engine: engine, sharing: sharing)
    try self.init(
      lowered, numerics: numerics, engine: engine, sharing: sharing,
      patches: try plain.slowPatches())
  }

  private init(
    _ lowered: Model, numerics: Numerics, engine: Engine, sharing: ArenaSharing,
    patches: Set<Int> = []
  ) throws(GraphError) {
    let model = patches.isEmpty ? lowered : try lowered.convertingPatches(at: patches)
    self.patches = patches
    graph = model.graph
    shapes = try model.shapes()
    stages = StageBuilder(graph, shapes: shapes).stages(fusing: .convolutions)
    planarImage = stages.planarImage(channels: graph.input.channels)
    weightShapes = model.parameters.mapValues(\.shape)
    weights = PackedWeights(model.parameters, engine: engine)
    self.numerics = numerics
    self.engine = engine
    self.sharing = sharing
  }

  /// A network whose parameters come anew for every step.
  init(training model: Model, engine: Engine, sharing: ArenaSharing) throws(GraphError) {
    let lowered = try model.convertingLinearToConvolution()
    graph = lowered.graph
    shapes = try lowered.shapes()
    stages = StageBuilder(graph, shapes: shapes).stages(fusing: .normalizations)
    // Gradients of its kernels need the image in blocks.
    planarImage = nil
    patches = []
    weightShapes = lowered.parameters.mapValues(\.shape)
    weights = PackedWeights([:], engine: engine)
    numerics = .fast
    self.engine = engine
    self.sharing = sharing
  }

  var input: FeatureShape { graph.input }

  var classes: Int { shapes.last?.channels ?? 0 }

  var notes: [String] {
    var convolutions = 0
    var winograd = 0
    for node in graph.nodes {
      guard case .convolution(let convolution) = node.operation else { continue }
      let input = shapes[node.inputs[0]]
      convolutions += 1
      let algorithm = ConvolutionAlgorithm(
        convolution,
        kernel: PaddedKernel(
          convolution, shape: weightShapes[convolution.weight] ?? [], inputs: input.channels),
        input: input, numerics: numerics)
      if algorithm == .winograd { winograd += 1 }
    }
    return ["robeval's Winograd F(4×4,3×3) in \(winograd) of \(convolutions) convolutions"]
  }

  func plan(
    batch: Int, computing derivatives: Derivatives, in memory: PlanMemory
  ) throws(BackendError) -> any ExecutionPlan {
    var builder = PlanBuilder(self, batch: batch, computing: derivatives)
    return try builder.plan(in: memory)
  }

  func reload(_ model: Model) throws(BackendError) {
    let lowered: Model
    do {
      lowered = try model.lowered(for: numerics).convertingPatches(at: patches)
    } catch { throw BackendError(error) }
    guard lowered.graph == graph, lowered.parameters.mapValues(\.shape) == weightShapes else {
      throw BackendError(
        place: "reload", problem: "the model has another graph or other shapes than the network")
    }
    try weights.reload(lowered.parameters)
  }
}

extension OneDNNNetwork {
  /// Convolutions of blocks whose gradients oneDNN computes number by number: kernels of 8 pixels and
  /// more, as vision transformers begin with, take seconds there and milliseconds otherwise.
  private func slowPatches() throws(BackendError) -> Set<Int> {
    var slow: Set<Int> = []
    for (position, node) in graph.nodes.enumerated() {
      guard case .convolution(let convolution) = node.operation, shapes[position].area > 1,
        let weight = weightShapes[convolution.weight],
        convolution.patch(of: weight, on: shapes[node.inputs[0]]) != nil
      else { continue }
      let geometry = try ConvolutionGeometry(
        convolution, in: self, from: node.inputs[0], to: position, batch: 1)
      if try geometry.backward(engine: engine).isReference { slow.insert(position) }
    }
    return slow
  }
}

extension [Stage] {
  fileprivate func planarImage(channels: Int) -> Int? {
    guard let image = first?.output, channels <= 3 else { return nil }
    let readers = filter { $0.reads.contains(image) }
    // Whatever is added to a sum has to be in blocks, as the sum is.
    let allConvolve = readers.allSatisfy {
      if case .convolution(let convolution, plus: nil, _) = $0.kind {
        convolution.groups == 1
      } else {
        false
      }
    }
    return allConvolve && !readers.isEmpty ? image : nil
  }
}
