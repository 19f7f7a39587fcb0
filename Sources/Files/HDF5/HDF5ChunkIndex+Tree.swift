extension HDF5ChunkIndex {
  /// A tree of blocks as arrays have it that grow along several axes.
  private struct Tree {
    var recordBytes: Int
    var sizeBytes: Int
    var nodeBytes: Int
    /// The bytes of a number of records in one node, by the level of the node above it.
    var countBytes: Int
    /// The bytes of the number of all records below a node, by level.
    var totalBytes: [Int]
  }

  /// All blocks of a tree.
  func tree(
    _ address: UInt64, _ source: borrowing HDF5Source, _ place: String
  ) throws(FileError) -> [Chunk] {
    var header = try source.reader(at: address, count: 38, place)
    try header.expect("BTHD")
    _ = try header.byte()
    guard try header.byte() == (isFiltered ? 11 : 10) else {
      throw header.malformed("is damaged: its tree is not one of blocks")
    }
    let nodeBytes = Int(try header.number() as UInt32)
    let recordBytes = Int(try header.number() as UInt16)
    let depth = Int(try header.number() as UInt16)
    _ = try header.slice(2)
    let root: UInt64 = try header.number()
    let count = Int(try header.number() as UInt16)
    let sizeBytes = try sizeBytes(entry: recordBytes, place: 8 * grid.counts.count, header)
    guard depth < 8, nodeBytes >= 10 + recordBytes, nodeBytes <= source.size else {
      throw header.malformed("is damaged: its tree of blocks is too deep, or its nodes too small")
    }
    // The widths of numbers follow from how many records could be below each node.
    let inLeaf = (nodeBytes - 10) / recordBytes
    let countBytes = Self.bytes(for: inLeaf)
    var totals = [inLeaf]
    var totalBytes = [0]
    for level in 1..<max(2, depth + 1) {
      let pointer = 8 + countBytes + totalBytes[level - 1]
      let inNode = max(0, nodeBytes - 10 - pointer) / (recordBytes + pointer)
      let (below, overflow) = (inNode + 1).multipliedReportingOverflow(by: totals[level - 1])
      totals.append(overflow || below > .max - inNode ? .max : below + inNode)
      totalBytes.append(Self.bytes(for: totals[level]))
    }
    let tree = Tree(
      recordBytes: recordBytes, sizeBytes: sizeBytes, nodeBytes: nodeBytes,
      countBytes: countBytes, totalBytes: totalBytes)
    var chunks: [Chunk] = []
    try read(tree, at: root, count: count, level: depth, into: &chunks, source, place)
    return chunks
  }

  private static func bytes(for limit: Int) -> Int {
    (Int.bitWidth - 1 - max(1, limit).leadingZeroBitCount) / 8 + 1
  }

  private func read(
    _ tree: Tree, at address: UInt64, count: Int, level: Int, into chunks: inout [Chunk],
    _ source: borrowing HDF5Source, _ place: String
  ) throws(FileError) {
    var node = try source.reader(at: address, count: tree.nodeBytes, place)
    try node.expect(level == 0 ? "BTLF" : "BTIN")
    _ = try node.slice(2)
    for _ in 0..<count {
      guard chunks.count < grid.count else {
        throw node.malformed("has a block outside of its shape, or one twice")
      }
      chunks.append(try record(&node, tree))
    }
    if level == 0 { return }
    for _ in 0...count {
      let child: UInt64 = try node.number()
      var below = 0
      for byte in try node.slice(tree.countBytes).reversed() { below = below << 8 | Int(byte) }
      _ = try node.slice(tree.totalBytes[level - 1])
      try read(tree, at: child, count: below, level: level - 1, into: &chunks, source, place)
    }
  }

  private func record(_ node: inout ByteReader, _ tree: Tree) throws(FileError) -> Chunk {
    var chunk = try chunk(&node, sizeBytes: tree.sizeBytes)
    for count in grid.counts {
      let index: UInt64 = try node.number()
      guard index < UInt64(count) else { throw node.malformed("has a block outside of its shape") }
      chunk.position = chunk.position * count + Int(index)
    }
    return chunk
  }
}
