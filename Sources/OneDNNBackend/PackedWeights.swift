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
  func kernel(_ kernel: PaddedKernel, as layout: Layout) throws(BackendError) -> Memory {
    try state.withLock { (state) throws(BackendError) in
      let known = state.packed[kernel.key] ?? []
      for candidate in known {
        var (left, right) = (candidate.memory.layout, layout)
        if dnnl_memory_desc_equal(&left, &right) == 1 { return candidate.memory }
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
      return target.memory
    }
  }

  private func reorder(_ source: Memory, to target: Memory) throws(BackendError) {
    var description: dnnl_primitive_desc_t?
    var (from, to) = (source.layout, target.layout)
    try check(
      "dnnl_reorder_primitive_desc_create",
      dnnl_reorder_primitive_desc_create(
        &description, &from, engine.handle, &to, engine.handle, nil))
    defer { dnnl_primitive_desc_destroy(description) }
    var primitive: dnnl_primitive_t?
    try check("dnnl_primitive_create", dnnl_primitive_create(&primitive, description))
    defer { dnnl_primitive_destroy(primitive) }
    let stream = try Stream(on: engine)
    let arguments = [
      dnnl_exec_arg_t(arg: DNNL_ARG_FROM, memory: source.handle),
      dnnl_exec_arg_t(arg: DNNL_ARG_TO, memory: target.handle),
    ]
    try check(
      "dnnl_primitive_execute", dnnl_primitive_execute(primitive, stream.handle, 2, arguments))
  }
}

/// A convolution's kernels with channels in whole blocks; the added ones are zero.
struct PaddedKernel {
  /// How groups are expressed to oneDNN.
  enum Grouping: Equatable {
    /// One dense kernel; several groups become blocks on its diagonal.
    case dense
    /// Every group is one channel.
    case depthwise
    /// Groups of whole blocks.
    case grouped(Int)
  }

  let name: String
  let grouping: Grouping
  /// `[outputs, inputs, height, width]`, or with the groups in front.
  let extents: [Int]
  private let groups: Int

  /// Whether the inputs are so few that they may also stay as they are.
  let canBePaddedOtherwise: Bool

  /// Under what packed weights are kept: name and extents.
  var key: String { name + extents.crossed }

  /// Describes a convolution's kernels.
  ///
  /// - Parameters:
  ///   - convolution: the operation.
  ///   - shape: of its weights.
  ///   - inputs: the number of channels it reads.
  ///   - paddingInputs: whether inputs come in whole blocks, as all but images do.
  init(_ convolution: Convolution, shape: [Int], inputs: Int, paddingInputs: Bool = true) {
    name = convolution.weight
    canBePaddedOtherwise = inputs < 16
    groups = convolution.groups
    let (outputs, height, width) = (shape[0], shape[2], shape[3])
    if groups == 1 {
      grouping = .dense
    } else if groups == inputs && outputs == inputs {
      grouping = .depthwise
    } else if inputs / groups % 16 == 0 && outputs / groups % 16 == 0 {
      grouping = .grouped(groups)
    } else {
      grouping = .dense
    }
    switch grouping {
    case .dense:
      extents = [padded(outputs), paddingInputs ? padded(inputs) : inputs, height, width]
    case .depthwise: extents = [padded(outputs), 1, 1, height, width]
    case .grouped(let groups):
      extents = [groups, outputs / groups, inputs / groups, height, width]
    }
  }

  /// The layout in which oneDNN may choose freely.
  func anyLayout() throws(BackendError) -> Layout {
    try memoryLayout(extents, dnnl_format_tag_any)
  }

  /// The kernels in row-major order with zeros in the added channels.
  func plainMemory(_ tensor: Tensor, engine: Engine) throws(BackendError) -> OwnedMemory {
    let memory = try OwnedMemory(
      memoryLayout(extents, extents.count == 5 ? dnnl_abcde : dnnl_abcd), engine: engine)
    let shape = tensor.shape
    let area = shape[2] * shape[3]
    let inputsPerGroup = shape[1]
    let outputsPerGroup = shape[0] / groups
    let target = memory.values.assumingMemoryBound(to: Float.self)
    tensor.withUnsafeElements { source in
      for output in 0..<shape[0] {
        for input in 0..<inputsPerGroup {
          let row: Int
          switch grouping {
          case .dense:
            row = output * extents[1] + output / outputsPerGroup * inputsPerGroup + input
          case .depthwise, .grouped: row = output * inputsPerGroup + input
          }
          for pixel in 0..<area {
            target[row * area + pixel] = source[(output * inputsPerGroup + input) * area + pixel]
          }
        }
      }
    }
    return memory
  }
}
