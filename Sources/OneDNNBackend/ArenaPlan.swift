/// Places buffers in one block of memory so that only those share bytes that never live together.
package struct ArenaPlan: Sendable {
  /// What lies in one place: one buffer, or several that overwrite each other in turn.
  private struct Extent {
    var bytes: Int
    var life: ClosedRange<Int>
    var offset = 0

    var range: Range<Int> { offset..<offset + bytes }
  }

  /// The bytes needed in all.
  package private(set) var byteCount = 0
  private var extents: [Int: Extent] = [:]
  private let places: [Int]

  /// Chooses the offsets: the largest first, each at the lowest place that is free all its life.
  ///
  /// - Parameters:
  ///   - bytes: the size of each buffer.
  ///   - lifetimes: of the same buffers. O(buffers²).
  package init(bytes: [Int], _ lifetimes: Lifetimes) {
    places = lifetimes.places
    for (buffer, life) in lifetimes.lives.enumerated() {
      guard let life else { continue }
      let size = (bytes[buffer] + 63) / 64 * 64
      var extent = extents[places[buffer]] ?? Extent(bytes: size, life: life)
      extent.bytes = max(extent.bytes, size)
      extent.life =
        min(
          extent.life.lowerBound, life.lowerBound)...max(
          extent.life.upperBound, life.upperBound)
      extents[places[buffer]] = extent
    }
    place()
  }

  private mutating func place() {
    let order = extents.sorted { ($0.value.bytes, $1.key) > ($1.value.bytes, $0.key) }
    var placed: [Extent] = []
    for (place, mine) in order {
      var mine = mine
      for other in placed where other.life.overlaps(mine.life) {
        if mine.offset + mine.bytes <= other.offset { break }
        mine.offset = max(mine.offset, other.offset + other.bytes)
      }
      extents[place] = mine
      byteCount = max(byteCount, mine.range.upperBound)
      let next = placed.firstIndex { $0.offset > mine.offset } ?? placed.endIndex
      placed.insert(mine, at: next)
    }
  }

  /// Where a buffer begins.
  ///
  /// - Parameter buffer: one that a step touches.
  /// - Returns: bytes from the start of the block.
  package func offset(of buffer: Int) -> Int? { extents[places[buffer]]?.offset }

  /// The bytes that no step from here on reads before they are written.
  ///
  /// - Parameter step: the next to run.
  /// - Returns: ranges within the block.
  package func dead(before step: Int) -> [Range<Int>] {
    let living = extents.values
      .filter { $0.life.lowerBound < step && $0.life.upperBound >= step }
      .map(\.range).sorted { $0.lowerBound < $1.lowerBound }
    var (result, end) = ([Range<Int>](), 0)
    for range in living + [byteCount..<byteCount] {
      if range.lowerBound > end { result.append(end..<range.lowerBound) }
      end = max(end, range.upperBound)
    }
    return result
  }
}
