internal import COneDNN
internal import Execution

/// A buffer as an argument of a primitive.
struct PrimitiveArgument {
  /// One of `DNNL_ARG_…`.
  let index: Int32
  let buffer: Buffer
  /// How its values lie; nil: as the primitive wants them.
  let layout: Layout?
  /// What the primitive's results are added to, in the same layout.
  let addend: Buffer?

  init(_ index: Int32, _ buffer: Buffer, _ layout: Layout? = nil, addingTo addend: Buffer? = nil) {
    self.index = index
    self.buffer = buffer
    self.layout = layout
    self.addend = addend
  }

  /// Whether values have to be copied for the primitive.
  fileprivate func differs(from wanted: Layout) -> Bool {
    guard var layout else { return false }
    var wanted = wanted
    return dnnl_memory_desc_equal(&layout, &wanted) == 0
  }
}

extension PlanBuilder {
  /// Appends a primitive, and copies where it wants values in another layout than they have.
  mutating func appendPrimitive(
    _ description: PrimitiveDescription, reads sources: [PrimitiveArgument],
    writes targets: [PrimitiveArgument], weights: [(index: Int32, operand: Operand)] = []
  ) throws(BackendError) {
    var reads: [PrimitiveArgument] = []
    for source in sources { reads.append(try reordered(source, for: description)) }
    var writes: [PrimitiveArgument] = []
    for target in targets { writes.append(try place(for: target, of: description)) }
    let scratchpad = byteCount(description.layout(ofArgument: DNNL_ARG_SCRATCHPAD))
    if scratchpad > 0 {
      writes.append(
        PrimitiveArgument(DNNL_ARG_SCRATCHPAD, buffer(of: UInt8.self, count: scratchpad)))
    }
    try record(description, reads: reads, writes: writes, weights: weights)
    for (place, target) in zip(writes, targets) where place.buffer != target.buffer {
      try appendReorder(
        place.buffer, description.layout(ofArgument: target.index), to: target.buffer,
        target.layout ?? Layout())
    }
  }

  private mutating func record(
    _ description: PrimitiveDescription, reads: [PrimitiveArgument],
    writes: [PrimitiveArgument], weights: [(index: Int32, operand: Operand)]
  ) throws(BackendError) {
    var call = try PrimitiveCall(description, engine: network.engine)
    try program.record { step throws(BackendError) in
      for (index, operand) in weights { try call.pass(step.reads(operand), as: index, &step) }
      for argument in reads {
        try call.pass(step.reads(argument.buffer), as: argument.index, &step)
      }
      for argument in writes {
        let address = step.writes(argument.buffer, addingTo: argument.addend)
        try call.pass(address, as: argument.index, &step)
      }
      return { [call] _ throws(BackendError) in try call.execute() }
    }
  }

  /// An argument that is read, in the layout that a primitive wants.
  private mutating func reordered(
    _ argument: PrimitiveArgument, for description: PrimitiveDescription
  ) throws(BackendError) -> PrimitiveArgument {
    let wanted = description.layout(ofArgument: argument.index)
    guard argument.differs(from: wanted) else { return argument }
    let copy = try reordered(argument.buffer, argument.layout ?? Layout(), wanted)
    return PrimitiveArgument(argument.index, copy)
  }

  /// Where a primitive writes an argument: if its layout is another one, not yet in its own buffer.
  private mutating func place(
    for argument: PrimitiveArgument, of description: PrimitiveDescription
  ) throws(BackendError) -> PrimitiveArgument {
    let wanted = description.layout(ofArgument: argument.index)
    guard argument.differs(from: wanted) else { return argument }
    let addend = try argument.addend.map { addend throws(BackendError) in
      try reordered(addend, argument.layout ?? Layout(), wanted)
    }
    let place = buffer(of: UInt8.self, count: byteCount(wanted))
    return PrimitiveArgument(argument.index, place, addingTo: addend)
  }

  private mutating func reordered(
    _ source: Buffer, _ layout: Layout, _ other: Layout
  ) throws(BackendError) -> Buffer {
    let copy = buffer(of: UInt8.self, count: byteCount(other))
    try appendReorder(source, layout, to: copy, other)
    return copy
  }

  /// Appends a copy of values into another layout.
  private mutating func appendReorder(
    _ source: Buffer, _ layout: Layout, to target: Buffer, _ other: Layout
  ) throws(BackendError) {
    let engine = network.engine
    let reorder = try Reorder(from: layout, to: other, engine: engine)
    let stream = try Stream(on: engine)
    try program.record { step throws(BackendError) in
      let from = try step.memory(layout, at: step.reads(source))
      let to = try step.memory(other, at: step.writes(target))
      return { _ throws(BackendError) in try reorder.execute(in: stream, from: from, to: to) }
    }
  }
}

/// A primitive with its arguments.
private struct PrimitiveCall {
  private let description: PrimitiveDescription
  private let primitive: Primitive
  private let stream: Stream
  private var arguments: [dnnl_exec_arg_t] = []
  /// Keeps what the arguments point to.
  private var memories: [(Memory, Address)] = []

  init(_ description: PrimitiveDescription, engine: Engine) throws(BackendError) {
    self.description = description
    primitive = try Primitive(description)
    stream = try Stream(on: engine)
  }

  mutating func pass(
    _ address: Address, as index: Int32, _ step: inout StepRecorder
  ) throws(BackendError) {
    let memory = try step.memory(description.layout(ofArgument: index), at: address)
    memories.append((memory, address))
    arguments.append(dnnl_exec_arg_t(arg: index, memory: memory.handle))
  }

  func execute() throws(BackendError) {
    try primitive.execute(in: stream, arguments)
    withExtendedLifetime(memories) {}
  }
}
