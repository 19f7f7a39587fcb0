internal import COneDNN
internal import Execution

/// A buffer of a program by number.
typealias Buffer = Int

/// Kernel calls over numbered buffers, recorded in the order in which they run.
struct Program {
  /// A kernel and what it does with buffers.
  private struct RecordedStep {
    let accesses: Accesses
    let kernel: Step
  }

  private let engine: Engine
  private let arena = Arena()
  private var bytes: [Int] = []
  private var steps: [RecordedStep] = []
  /// Where going backward begins; nil if one only goes forward.
  private var turningPoint: Int?

  init(on engine: Engine) { self.engine = engine }

  /// A new buffer; it lives from the first step that writes it.
  mutating func buffer(bytes count: Int) -> Buffer {
    bytes.append(count)
    return bytes.count - 1
  }

  /// Records a step.
  ///
  /// - Parameter describe: says what the step touches, which gives it addresses, and returns the
  ///   kernel that uses them.
  /// - Throws: what the closure throws.
  mutating func record<Failure>(
    _ describe: (inout StepRecorder) throws(Failure) -> Step
  ) throws(Failure) {
    var recorder = StepRecorder(arena: arena, engine: engine)
    let kernel = try describe(&recorder)
    steps.append(RecordedStep(accesses: recorder.accesses, kernel: kernel))
  }

  /// Lets the steps recorded from now on go backward.
  mutating func turnBack() { turningPoint = steps.count }

  /// How often one goes backward after going forward.
  enum Repetition {
    case once
    case anyNumber
  }

  /// Derives where every buffer lies, and makes the steps ready to run.
  func placed(
    in memory: PlanMemory, sharing: ArenaSharing, backward repetition: Repetition
  ) throws(BackendError) -> PlacedProgram {
    let accesses = steps.map(\.accesses)
    let lifetimes =
      switch sharing {
      case .separate: Lifetimes(separating: accesses, buffers: bytes.count)
      case .shared, .poisoned:
        Lifetimes(
          of: accesses, buffers: bytes.count,
          repeatedFrom: repetition == .anyNumber ? turningPoint : nil)
      }
    precondition(lifetimes.conflicts.isEmpty, "a sum overwrites what is still read")
    let plan = ArenaPlan(bytes: bytes, lifetimes)
    let block = memory.block(of: plan.byteCount)
    try arena.place(plan, buffers: bytes.count, in: block)
    let kernels = steps.enumerated().map { [arena] position, step -> Step in
      if sharing != .poisoned { return step.kernel }
      let dead = plan.dead(before: position)
      return { bindings throws(BackendError) in
        arena.poison(dead)
        try step.kernel(bindings)
      }
    }
    let turningPoint = turningPoint ?? kernels.count
    return PlacedProgram(
      forward: Array(kernels[..<turningPoint]),
      backward: self.turningPoint == nil ? nil : Array(kernels[turningPoint...]),
      memory: block)
  }
}

/// Steps that are ready to run.
struct PlacedProgram {
  let forward: [Step]
  /// Nil if one only goes forward.
  let backward: [Step]?
  /// Keeps the memory alive that the steps point into.
  let memory: PlanMemory.Block
}

/// Learns what a step touches, and tells it where that will be.
struct StepRecorder {
  fileprivate let arena: Arena
  fileprivate let engine: Engine
  fileprivate var accesses = Accesses()

  /// Values that are read.
  mutating func reads(_ buffer: Buffer) -> Address {
    accesses.reads.append(buffer)
    return .placed(arena, buffer)
  }

  /// Weights that are read.
  mutating func reads(_ operand: Operand) -> Address {
    switch operand {
    case .packed(let memory): .owned(memory)
    case .buffer(let buffer): reads(buffer)
    }
  }

  /// Values that are written, or room to work in.
  ///
  /// - Parameters:
  ///   - buffer: written from its first to its last byte, or read by no other step.
  ///   - others: read by the same step, which may write in the place of any of them.
  /// - Returns: where they will be.
  mutating func writes(_ buffer: Buffer, mayOverwrite others: [Buffer] = []) -> Address {
    accesses.writes.append(buffer)
    accesses.possible += others.map { Accesses.Overwriting(of: $0, by: buffer) }
    return .placed(arena, buffer)
  }

  /// Values that are added to others, which are overwritten.
  mutating func writes(_ buffer: Buffer, addingTo other: Buffer?) -> Address {
    if let other {
      accesses.reads.append(other)
      accesses.required.append(Accesses.Overwriting(of: other, by: buffer))
    }
    return writes(buffer)
  }

  /// Values some of which are replaced.
  mutating func changes(_ buffer: Buffer) -> Address {
    accesses.reads.append(buffer)
    return writes(buffer)
  }

  /// oneDNN's view of values.
  ///
  /// - Parameters:
  ///   - layout: how they lie; weights know theirs.
  ///   - address: where; nil if the kernel says so itself, each time.
  /// - Returns: memory that is pointed to its values once the arena is placed.
  /// - Throws: ``BackendError`` when the library refuses.
  func memory(_ layout: Layout, at address: Address?) throws(BackendError) -> Memory {
    switch address {
    case nil: return try Memory(layout, at: nil, engine: engine)
    case .owned(let owner): return owner.memory
    case .placed(let arena, let buffer):
      let memory = try Memory(layout, at: nil, engine: engine)
      arena.memories.append((memory, buffer))
      return memory
    }
  }
}
