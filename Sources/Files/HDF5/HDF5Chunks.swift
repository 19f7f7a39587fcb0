/// The blocks of a dataset that is stored in blocks, all of them, in row-major order.
struct HDF5Chunks {
  struct Chunk {
    var position: Int
    var address: UInt64
    var stored: Int
    var mask: UInt32
  }

  private let filters: HDF5Filters
  /// The extents of one block.
  private let extents: [Int]
  /// How many blocks there are along each axis.
  private let counts: [Int]
  private let elementBytes: Int
  private let blockBytes: Int
  private let expected: Int
  private var chunks: [Chunk] = []
  private var nodes: Set<UInt64> = []

  /// Reads the index of the blocks.
  init(
    _ place: inout ByteReader, _ filters: HDF5Filters, shape: [Int], elementBytes: Int,
    _ file: borrowing HDF5File
  ) throws(FileError) {
    let rank = Int(try place.byte()) - 1
    let tree: UInt64 = try place.number()
    var extents: [Int] = []
    for _ in 0..<max(0, rank) { extents.append(Int(try place.number() as UInt32)) }
    let last: UInt32 = try place.number()
    try self.init(
      extents, elementsSaid: Int(last), filters, shape: shape, elementBytes: elementBytes, place,
      file)
    guard tree != ByteReader.undefinedAddress, expected <= file.size / 32 else {
      throw place.malformed("has blocks that were never written")
    }
    try readTree(file.source, at: tree, level: nil, place)
    nodes = []
    try check(place, fileSize: file.size)
  }

  /// Reads the index in one of the forms of newer files.
  init(
    newer place: inout ByteReader, _ filters: HDF5Filters, space: HDF5Space, elementBytes: Int,
    _ file: borrowing HDF5File
  ) throws(FileError) {
    let flags = try place.byte()
    let rank = Int(try place.byte()) - 1
    let width = Int(try place.byte())
    var extents: [Int] = []
    for _ in 0...max(0, rank) {
      extents.append(Int(clamping: try place.number(bytes: width)))
    }
    try self.init(
      Array(extents.dropLast()), elementsSaid: extents.last ?? 0, filters, shape: space.extents,
      elementBytes: elementBytes, place, file)
    guard expected <= file.size / 8 else {
      throw place.malformed("has blocks that were never written")
    }
    var largest: [Int?] = []
    for (extent, block) in zip(space.largest, self.extents) {
      largest.append(extent.map { ($0 - 1) / block + 1 })
    }
    let grid = HDF5ChunkIndex.Grid(counts: counts, largest: largest, blockBytes: blockBytes)
    chunks = try HDF5ChunkIndex(grid, isFiltered: !filters.steps.isEmpty, flags: flags)
      .chunks(&place, file.source)
    if flags & 1 != 0 { leaveEdgesUnfiltered(shape: space.extents) }
    try check(place, fileSize: file.size)
  }

  /// What all forms of the index begin with.
  private init(
    _ extents: [Int], elementsSaid: Int, _ filters: HDF5Filters, shape: [Int], elementBytes: Int,
    _ place: ByteReader, _ file: borrowing HDF5File
  ) throws(FileError) {
    guard extents.count == shape.count, !extents.isEmpty else {
      throw place.malformed("is divided into blocks of another number of axes")
    }
    guard elementsSaid == elementBytes, !extents.contains(0),
      let elements = extents.checkedProduct,
      case let (bytes, overflow) = elements.multipliedReportingOverflow(by: elementBytes),
      !overflow, bytes <= file.largestArray
    else { throw place.malformed("is divided into blocks of an impossible size") }
    self.filters = filters
    self.extents = extents
    self.elementBytes = elementBytes
    blockBytes = bytes
    counts = zip(shape, extents).map { ($0 - 1) / $1 + 1 }
    // Below the number of elements, which is known to be representable.
    expected = counts.reduce(1, *)
  }

  /// Marks the blocks that reach beyond the array as stored plainly.
  private mutating func leaveEdgesUnfiltered(shape: [Int]) {
    for index in chunks.indices {
      var rest = chunks[index].position
      var isPartial = false
      for axis in counts.indices.reversed() {
        let place = rest % counts[axis]
        rest /= counts[axis]
        isPartial = isPartial || shape[axis] - place * extents[axis] < extents[axis]
      }
      if isPartial { chunks[index].mask = .max }
    }
  }

  private mutating func check(_ place: ByteReader, fileSize: Int) throws(FileError) {
    chunks.sort { $0.position < $1.position }
    guard chunks.count == expected,
      chunks.enumerated().allSatisfy({ $0.offset == $0.element.position })
    else { throw place.malformed("has blocks that were never written or are there twice") }
    var total = 0
    for chunk in chunks {
      guard (0...fileSize - total).contains(chunk.stored) else {
        throw place.malformed("has blocks that overlap")
      }
      total += chunk.stored
    }
  }

  private mutating func readTree(
    _ source: borrowing HDF5Source, at address: UInt64, level: UInt8?, _ place: ByteReader
  ) throws(FileError) {
    let name = place.place ?? ""
    var node = try source.reader(at: address, count: 24, name)
    try node.expect("TREE")
    let isNew = nodes.insert(address).inserted
    let isOfBlocks = try node.byte() == 1
    let ownLevel = try node.byte()
    guard isNew, isOfBlocks, level.map({ $0 == ownLevel }) ?? (ownLevel < 16) else {
      throw node.malformed("is damaged: its index of blocks is not a tree")
    }
    let count: UInt16 = try node.number()
    let keyBytes = 8 + 8 * (counts.count + 1)
    var entries = try source.reader(
      at: address &+ 24, count: Int(count) * (keyBytes + 8), name)
    for _ in 0..<count {
      let stored: UInt32 = try entries.number()
      let mask: UInt32 = try entries.number()
      var position: Int? = 0
      for axis in counts.indices {
        let offset: UInt64 = try entries.number()
        let index = Int(clamping: offset) / extents[axis]
        let isOnGrid = offset % UInt64(extents[axis]) == 0 && index < counts[axis]
        position = isOnGrid ? position.map { $0 * counts[axis] + index } : nil
      }
      _ = try entries.slice(8)
      let child: UInt64 = try entries.number()
      if ownLevel > 0 {
        guard nodes.count <= expected else {
          throw node.malformed("is damaged: its index of blocks does not end")
        }
        try readTree(source, at: child, level: ownLevel - 1, place)
      } else {
        guard let position, chunks.count < expected else {
          throw node.malformed("has a block outside of its shape, or one twice")
        }
        chunks.append(
          Chunk(position: position, address: child, stored: Int(stored), mask: mask))
      }
    }
  }

  /// How many bytes all blocks unpack to.
  var unpackedBytes: Int {
    let (bytes, overflow) = blockBytes.multipliedReportingOverflow(by: expected)
    return overflow ? .max : bytes
  }

  /// How many rows share their blocks.
  var rowsPerBlock: Int { extents[0] }

  /// Reads rows of the dataset.
  ///
  /// - Parameters:
  ///   - rows: positions along the outermost axis.
  ///   - shape: of the dataset.
  ///   - buffer: exactly as long as the rows.
  ///   - source: the file.
  ///   - name: for messages.
  /// - Throws: ``FileError`` when a block is damaged.
  func read(
    rows: Range<Int>, of shape: [Int], into buffer: UnsafeMutableRawBufferPointer,
    _ source: borrowing HDF5Source, _ name: String
  ) throws(FileError) {
    if rows.isEmpty { return }
    let perRow = counts.dropFirst().reduce(1, *)
    let first = rows.lowerBound / extents[0] * perRow
    let last = ((rows.upperBound - 1) / extents[0] + 1) * perRow
    for chunk in chunks[first..<last] {
      let stored = try source.block(at: chunk.address, count: chunk.stored, name)
      let block = try filters.undo(
        stored, mask: chunk.mask, size: blockBytes, elementBytes: elementBytes)
      copy(block, at: chunk.position, rows: rows, of: shape, into: buffer)
    }
  }

  /// Copies the part of a block that lies in the rows and inside the shape.
  private func copy(
    _ block: [UInt8], at position: Int, rows: Range<Int>, of shape: [Int],
    into buffer: UnsafeMutableRawBufferPointer
  ) {
    var corner = [Int](repeating: 0, count: counts.count)
    var rest = position
    for axis in counts.indices.reversed() {
      corner[axis] = rest % counts[axis] * extents[axis]
      rest /= counts[axis]
    }
    var ranges = corner.indices.map { corner[$0]..<min(corner[$0] + extents[$0], shape[$0]) }
    ranges[0] = ranges[0].clamped(to: rows)
    if ranges[0].isEmpty { return }
    let line = ranges.removeLast()
    var index = ranges.map(\.lowerBound)
    while true {
      var source = 0
      var target = 0
      for axis in index.indices {
        source = source * extents[axis] + index[axis] - corner[axis]
        target = target * shape[axis] + index[axis] - (axis == 0 ? rows.lowerBound : 0)
      }
      let last = extents.count - 1
      source = (source * extents[last] + line.lowerBound - corner[last]) * elementBytes
      let lineStart = last == 0 ? line.lowerBound - rows.lowerBound : line.lowerBound
      target = (target * shape[last] + lineStart) * elementBytes
      let count = line.count * elementBytes
      UnsafeMutableRawBufferPointer(rebasing: buffer[target..<target + count])
        .copyBytes(from: block[source..<source + count])
      var axis = index.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < ranges[axis].upperBound { break }
        index[axis] = ranges[axis].lowerBound
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}
