/// Places buffers in one block of memory so that only those share bytes that never live together.
struct ArenaPlan {
  /// A buffer by number.
  typealias Buffer = Int

  private struct Extent {
    var bytes: Int
    var life: ClosedRange<Int>
    var offset = 0
  }

  private var extents: [Extent] = []

  /// Declares a buffer that is born at a step.
  ///
  /// - Parameters:
  ///   - bytes: its size.
  ///   - step: the first step that touches it.
  /// - Returns: its number.
  mutating func add(bytes: Int, at step: Int) -> Buffer {
    extents.append(Extent(bytes: (bytes + 63) / 64 * 64, life: step...step))
    return extents.count - 1
  }

  /// Lets a buffer live until a step.
  mutating func touch(_ buffer: Buffer, at step: Int) {
    let life = extents[buffer].life
    extents[buffer].life = life.lowerBound...max(life.upperBound, step)
  }

  /// Chooses the offsets: the largest first, each at the lowest place that is free all its life.
  ///
  /// - Returns: the bytes needed in all. O(buffers²).
  mutating func place() -> Int {
    var placed: [Int] = []
    var total = 0
    let order = extents.indices.sorted {
      (extents[$0].bytes, $1) > (extents[$1].bytes, $0)
    }
    for buffer in order {
      let mine = extents[buffer]
      let neighbours = placed.filter { extents[$0].life.overlaps(mine.life) }
        .sorted { extents[$0].offset < extents[$1].offset }
      var offset = 0
      for neighbour in neighbours {
        let other = extents[neighbour]
        if offset + mine.bytes <= other.offset { break }
        offset = max(offset, other.offset + other.bytes)
      }
      extents[buffer].offset = offset
      total = max(total, offset + mine.bytes)
      placed.append(buffer)
    }
    return total
  }

  /// Where a buffer begins, once placed.
  func offset(of buffer: Buffer) -> Int { extents[buffer].offset }
}
