internal import COneDNN
internal import Execution
internal import Graphs
internal import Synchronization
internal import Tensors

/// The weights of a network in the layouts its primitives want, packed once for all lanes.
final class PackedWeights: Sendable {
  private struct State {
    /// Row-major weights that no primitive has asked for yet.
    var plain: [String: Tensor]
    /// Packed weights; a second layout is made from the first.
    var packed: [String: Packed] = [:]
    /// Per-channel vectors, padded with zeros.
    var vectors: [String: OwnedMemory] = [:]
  }

  private struct Packed {
    var kernel: PaddedKernel
    var memories: [OwnedMemory] = []
  }

  private let state: Mutex<State>
  private let engine: Engine

  init(_ parameters: [String: Tensor], engine: Engine) {
    state = Mutex(State(plain: parameters))
    self.engine = engine
  }

  /// A per-channel parameter, padded with zeros to whole blocks.
  func vector(_ name: String) throws(BackendError) -> OwnedMemory {
    try state.withLock { (state) throws(BackendError) in
      if let known = state.vectors[name] { return known }
      guard let tensor = state.plain[name] else {
        throw BackendError(place: name, problem: "the parameter is missing")
      }
      let memory = try OwnedMemory(
        memoryLayout([padded(tensor.count)], dnnl_a), engine: engine)
      memory.fill(tensor)
      state.vectors[name] = memory
      return memory
    }
  }

  /// A kernel in the layout that a primitive asks for.
  ///
  /// - Parameters:
  ///   - kernel: which parameter, and its extents with padding.
  ///   - layout: what the primitive asks for.
  /// - Returns: memory that is only read.
  /// - Throws: ``BackendError`` when the library refuses.
  ///
  /// Calls `dnnl_reorder_primitive_desc_create` the first time.
  func kernel(_ kernel: PaddedKernel, as layout: Layout) throws(BackendError) -> OwnedMemory {
    try state.withLock { (state) throws(BackendError) in
      var known = state.packed[kernel.key] ?? Packed(kernel: kernel)
      for candidate in known.memories {
        var (left, right) = (candidate.memory.layout, layout)
        if dnnl_memory_desc_equal(&left, &right) == 1 { return candidate }
      }
      let source: OwnedMemory
      if let first = known.memories.first {
        source = first
      } else {
        guard let tensor = state.plain[kernel.name] else {
          throw BackendError(place: kernel.name, problem: "the parameter is missing")
        }
        source = try kernel.plainMemory(tensor, engine: engine)
      }
      let target = try OwnedMemory(layout, engine: engine)
      try reorder(source.memory, to: target.memory)
      known.memories.append(target)
      state.packed[kernel.key] = known
      // What is packed need not be kept a second time; a first layer is packed in two forms.
      if kernel.canBePaddedOtherwise == false { state.plain[kernel.name] = nil }
      return target
    }
  }

  /// Writes other values where the present ones are, in every layout made so far.
  ///
  /// - Parameter parameters: of the same names and shapes.
  /// - Throws: ``BackendError`` when the library fails.
  func reload(_ parameters: [String: Tensor]) throws(BackendError) {
    try state.withLock { (state) throws(BackendError) in
      for (name, memory) in state.vectors {
        guard let tensor = parameters[name] else { continue }
        memory.fill(tensor)
      }
      for packed in state.packed.values {
        guard let tensor = parameters[packed.kernel.name] else { continue }
        let source = try packed.kernel.plainMemory(tensor, engine: engine)
        for target in packed.memories { try reorder(source.memory, to: target.memory) }
      }
      for name in state.plain.keys { state.plain[name] = parameters[name] }
    }
  }

  private func reorder(_ source: Memory, to target: Memory) throws(BackendError) {
    let reorder = try Reorder(from: source.layout, to: target.layout, engine: engine)
    try reorder.execute(in: Stream(on: engine), from: source, to: target)
  }
}

extension OwnedMemory {
  /// Overwrites the first values with a tensor's.
  fileprivate func fill(_ tensor: Tensor) {
    let values = values.assumingMemoryBound(to: Float.self)
    tensor.withUnsafeElements { elements in
      for position in elements.indices { values[position] = elements[position] }
    }
  }
}
