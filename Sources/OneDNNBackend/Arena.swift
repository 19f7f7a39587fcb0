internal import COneDNN
internal import Execution

/// How the buffers of a plan share memory.
package enum ArenaSharing: Sendable {
  /// Buffers that never live together share bytes.
  case shared
  /// As shared, and before every step all bytes that are said to be dead become NaN.
  case poisoned
  /// Every buffer has bytes of its own.
  case separate
}

/// The memory of a program's buffers, which are placed once all steps are recorded.
final class Arena {
  /// Memories to be pointed to their buffers.
  var memories: [(memory: Memory, buffer: Buffer)] = []
  private var block: PlanMemory.Block?
  private var addresses: [UnsafeMutableRawPointer?] = []

  /// Gives every buffer its address.
  func place(
    _ plan: ArenaPlan, buffers: Int, in block: PlanMemory.Block
  ) throws(BackendError) {
    self.block = block
    addresses = (0..<buffers).map { plan.offset(of: $0).map { block.start + $0 } }
    for (memory, buffer) in memories { try memory.point(to: address(of: buffer)) }
    memories = []
  }

  /// Where a buffer begins.
  func address(of buffer: Buffer) -> UnsafeMutableRawPointer {
    guard let address = addresses[buffer] else {
      preconditionFailure("addresses are asked for by steps that run")
    }
    return address
  }

  /// Fills bytes with ones: NaN as floats and doubles.
  func poison(_ ranges: [Range<Int>]) {
    guard let start = block?.start else { return }
    for range in ranges {
      (start + range.lowerBound).initializeMemory(
        as: UInt8.self, repeating: 0xFF, count: range.count)
    }
  }
}

/// Where a step finds values: in the arena, once it is placed, or in memory of their own.
///
/// It keeps the memory alive.
enum Address {
  case placed(Arena, Buffer)
  case owned(OwnedMemory)

  private var start: UnsafeMutableRawPointer {
    switch self {
    case .placed(let arena, let buffer): arena.address(of: buffer)
    case .owned(let memory): memory.values
    }
  }

  var floats: UnsafeMutablePointer<Float> { start.assumingMemoryBound(to: Float.self) }

  var doubles: UnsafeMutablePointer<Double> { start.assumingMemoryBound(to: Double.self) }

  /// Mask bits, sixteen a pixel and block.
  var bits: UnsafeMutablePointer<UInt16> { start.assumingMemoryBound(to: UInt16.self) }
}
