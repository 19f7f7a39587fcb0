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
    var packed: [String: [OwnedMemory]] = [:]
    /// Per-channel vectors, padded with zeros.
    var vectors: [String: OwnedMemory] = [:]
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
      let values = memory.values.assumingMemoryBound(to: Float.self)
      for channel in 0..<tensor.count { values[channel] = tensor[channel] }
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
      let known = state.packed[kernel.key] ?? []
      for candidate in known {
        var (left, right) = (candidate.memory.layout, layout)
        if dnnl_memory_desc_equal(&left, &right) == 1 { return candidate }
      }
      let source: OwnedMemory
      if let first = known.first {
        source = first
      } else {
        guard let tensor = state.plain[kernel.name] else {
          throw BackendError(place: kernel.name, problem: "the parameter is missing")
        }
        source = try kernel.plainMemory(tensor, engine: engine)
      }
      let target = try OwnedMemory(layout, engine: engine)
      try reorder(source.memory, to: target.memory)
      state.packed[kernel.key] = known + [target]
      // What is packed need not be kept a second time; a first layer is packed in two forms.
      if kernel.canBePaddedOtherwise == false { state.plain[kernel.name] = nil }
      return target
    }
  }

  private func reorder(_ source: Memory, to target: Memory) throws(BackendError) {
    let reorder = try Reorder(from: source.layout, to: target.layout, engine: engine)
    try reorder.execute(in: Stream(on: engine), from: source, to: target)
  }
}
