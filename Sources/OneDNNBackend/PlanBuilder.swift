internal import CKernels
internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

/// Turns stages into steps: first symbolically, with buffers by number, then with addresses.
struct PlanBuilder {
  /// Finds a buffer's address once the arena is placed.
  typealias Resolver = (ArenaPlan.Buffer) -> UnsafeMutablePointer<Float>
  /// Makes a step once addresses are known.
  typealias Recipe = (Resolver) throws(BackendError) -> Step

  let network: OneDNNNetwork
  let batch: Int
  /// What a plan that trains knows besides; nil for inference.
  let training: Training?
  let differentiates: Bool
  let stages: [Stage]
  /// The threads of a kernel call; in inference lanes are what runs in parallel.
  let team: Team
  /// The values whose gradients somebody needs.
  let wanted: Set<Int>

  var arena = ArenaPlan()
  var recipes: [Recipe] = []
  /// The activation of each value, while it lives.
  var activations: [Int: ArenaPlan.Buffer] = [:]
  /// Bits of each rectified value.
  var masks: [Int: ArenaPlan.Buffer] = [:]
  /// What max-pools remember.
  var workspaces: [Int: (layout: Layout, buffer: ArenaPlan.Buffer)] = [:]
  /// The image's value, if only convolutions read it and it can stay as it comes.
  let planarImage: Int?
  /// The forward primitives that backward ones are created from.
  var forwardDescriptions: [Int: PrimitiveDescription] = [:]
  /// Buffers whose sum is the gradient of a value.
  var contributions: [Int: [ArenaPlan.Buffer]] = [:]
  /// What batch normalisations keep.
  var normalizations: [Int: NormalizationBuffers] = [:]
  /// The parameters of which a gradient was handed over; further ones are added.
  var differentiated: Set<String> = []

  init(_ network: OneDNNNetwork, batch: Int, computing derivatives: Derivatives) {
    self.network = network
    self.batch = batch
    training = nil
    differentiates = derivatives.contains(.input)
    var builder = StageBuilder(network.graph, shapes: network.shapes, fusing: .convolutions)
    stages = builder.build()
    team = Team(threads: 1)
    wanted = Set(network.graph.nodes.indices)
    planarImage = Self.planarImage(of: stages, channels: network.input.channels)
  }

  private static func planarImage(of stages: [Stage], channels: Int) -> Int? {
    guard let image = stages.first?.output, channels <= 3 else { return nil }
    let readers = stages.filter { $0.reads(image) }
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

  init(_ network: OneDNNNetwork, batch: Int, training: Training) {
    self.network = network
    self.batch = batch
    self.training = training
    differentiates = !training.derivatives.isEmpty
    var builder = StageBuilder(network.graph, shapes: network.shapes, fusing: .normalizations)
    stages = builder.build()
    team = Team(threads: Int(omp_get_max_threads()))
    wanted = network.graph.influenced(by: training.derivatives)
    // Gradients of its kernels need the image in blocks.
    planarImage = nil
  }

  /// All steps over a placed arena, for attacks.
  mutating func plan(in memory: PlanMemory) throws(BackendError) -> OneDNNPlan {
    let (forward, backward, block) = try steps(in: memory)
    return OneDNNPlan(
      batch: batch, imageCount: network.input.count, classes: network.classes,
      forward: forward, backward: differentiates ? backward : nil, memory: block,
      weights: network.weights)
  }

  /// All steps over a placed arena, for training.
  mutating func trainingPlan() throws(BackendError) -> OneDNNTrainingPlan {
    guard let training else { preconditionFailure("the builder was made for inference") }
    let (forward, backward, block) = try steps(in: PlanMemory())
    return OneDNNTrainingPlan(
      batch: batch, network: network, training: training, team: team, forward: forward,
      backward: backward, memory: block)
  }

  private mutating func steps(
    in memory: PlanMemory
  ) throws(BackendError) -> ([Step], [Step], PlanMemory.Block) {
    for stage in stages { try appendForward(stage) }
    try appendLogits()
    let forwardCount = recipes.count
    if differentiates {
      appendCotangent()
      for stage in stages.reversed() { try appendBackward(stage) }
      if training == nil { keepForFurtherCotangents() }
    }
    let block = memory.block(of: arena.place())
    let resolve: Resolver = { [arena] in
      (block.start + arena.offset(of: $0)).assumingMemoryBound(to: Float.self)
    }
    var steps: [Step] = []
    for recipe in recipes { steps.append(try recipe(resolve)) }
    return (Array(steps[..<forwardCount]), Array(steps[forwardCount...]), block)
  }

  /// Lets what going backward reads live to the end, so that one can go backward again.
  private mutating func keepForFurtherCotangents() {
    let rectified = stages.filter { if case .silu = $0.kind { true } else { false } }
      .compactMap { activations[$0.inputs[0]] }
    for buffer in Array(masks.values) + workspaces.values.map(\.buffer) + rectified {
      arena.touch(buffer, at: recipes.count)
    }
  }

  /// A new buffer, born at the next step.
  mutating func buffer(bytes: Int) -> ArenaPlan.Buffer {
    arena.add(bytes: bytes, at: recipes.count)
  }

  /// A new buffer for an activation or gradient of a value.
  mutating func buffer(for value: Int) -> ArenaPlan.Buffer {
    buffer(bytes: batch * network.shapes[value].paddedCount * MemoryLayout<Float>.stride)
  }

  /// A new buffer for the mask of a value.
  mutating func maskBuffer(for value: Int) -> ArenaPlan.Buffer {
    buffer(bytes: batch * network.shapes[value].paddedCount / 16 * MemoryLayout<UInt16>.stride)
  }

  /// Appends a step that touches some buffers.
  mutating func append(touching buffers: [ArenaPlan.Buffer], _ recipe: @escaping Recipe) {
    for buffer in buffers { arena.touch(buffer, at: recipes.count) }
    recipes.append(recipe)
  }

  /// The extents of a value's batch.
  func kernelsShape(_ value: Int) -> kernels_shape {
    network.shapes[value].kernelsShape(batch: batch)
  }

  /// The buffer that holds a value; it is touched by the next step.
  func activation(_ value: Int) -> ArenaPlan.Buffer {
    guard let buffer = activations[value] else {
      preconditionFailure("value \(value) is read before it is computed")
    }
    return buffer
  }

  private mutating func appendLogits() throws(BackendError) {
    let value = network.graph.nodes.count - 1
    let source = activation(value)
    let (batch, classes) = (batch, network.classes)
    let rowLength = network.shapes[value].paddedCount
    append(touching: [source]) { resolve in
      let values = resolve(source)
      return { bindings in
        guard let logits = bindings.logits else { return }
        for image in 0..<batch {
          (logits + image * classes).update(from: values + image * rowLength, count: classes)
        }
      }
    }
  }

  private mutating func appendCotangent() {
    let value = network.graph.nodes.count - 1
    let target = buffer(for: value)
    let (batch, classes) = (batch, network.classes)
    let rowLength = network.shapes[value].paddedCount
    append(touching: [target]) { resolve in
      let values = resolve(target)
      return { bindings in
        guard let cotangent = bindings.cotangent else { return }
        values.update(repeating: 0, count: batch * rowLength)
        for image in 0..<batch {
          (values + image * rowLength).update(from: cotangent + image * classes, count: classes)
        }
      }
    }
    contributions[value] = [target]
  }
}

extension Graph {
  /// The values that depend on what is differentiated with respect to.
  func influenced(by derivatives: Derivatives) -> Set<Int> {
    var result: Set<Int> = []
    for (position, node) in nodes.enumerated() {
      let isSource =
        node.operation == .input
        ? derivatives.contains(.input)
        : derivatives.contains(.parameters) && !node.operation.trainableNames.isEmpty
      if isSource || node.inputs.contains(where: result.contains) { result.insert(position) }
    }
    return result
  }
}

extension UnsafeMutablePointer<Float> {
  /// The same address as mask bits.
  var bits: UnsafeMutablePointer<UInt16> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: UInt16.self)
  }
}
