extension HDF5ChunkIndex {
  /// The entries of an array of fixed size.
  func fixedArray(
    _ address: UInt64, _ source: borrowing HDF5Source, _ place: String
  ) throws(FileError) -> [Chunk] {
    var header = try source.reader(at: address, count: 28, place)
    try header.expect("FAHD")
    _ = try header.slice(2)
    let entryBytes = Int(try header.byte())
    let pageBits = try header.byte()
    let count: UInt64 = try header.number()
    let block: UInt64 = try header.number()
    let sizeBytes = try sizeBytes(entry: entryBytes, place: 0, header)
    guard let count = Int(exactly: count), count <= source.size / entryBytes, pageBits < 32 else {
      throw header.malformed("is damaged: its index has more entries than the file could hold")
    }
    let page = 1 << Int(pageBits)
    let prefix = 14 + (count > page ? ((count - 1) / page + 8) / 8 + 4 : 0)
    var start = try source.reader(at: block, count: 4, place)
    try start.expect("FADB")
    return try entries(
      at: block &+ UInt64(prefix), count: count, page: count > page ? page : count,
      isPaged: count > page, Entry(bytes: entryBytes, sizeBytes: sizeBytes), source, place)
  }

  /// How an entry lies in the file.
  private struct Entry {
    var bytes: Int
    var sizeBytes: Int
  }

  /// Entries one after another, or in pages with a checksum behind each.
  private func entries(
    at address: UInt64, count: Int, page: Int, isPaged: Bool, _ entry: Entry,
    _ source: borrowing HDF5Source, _ place: String
  ) throws(FileError) -> [Chunk] {
    var chunks: [Chunk] = []
    var address = address
    while chunks.count < count {
      let inPage = min(page, count - chunks.count)
      var reader = try source.reader(at: address, count: inPage * entry.bytes, place)
      for _ in 0..<inPage { chunks.append(try chunk(&reader, sizeBytes: entry.sizeBytes)) }
      address = address &+ UInt64(inPage * entry.bytes + (isPaged ? 4 : 0))
    }
    return chunks
  }

  /// The numbers that say how an array that can grow is laid out.
  private struct Growth {
    var entry: Entry
    /// How many bits number all entries that may ever be.
    var bits: Int
    /// How many entries the index itself holds.
    var direct: Int
    /// How many the smallest block holds.
    var smallest: Int
    /// How many blocks the smallest group of blocks has.
    var pointers: Int
    var page: Int

    /// The bytes of a position in the array.
    var offsetBytes: Int { (bits + 7) / 8 }

    /// How many groups of blocks there may be.
    var groups: Int { 1 + bits - smallest.trailingZeroBitCount }

    /// How many of them the index itself lists.
    var listedGroups: Int { 2 * pointers.trailingZeroBitCount }

    /// How many blocks a group has, and how many entries each.
    func group(_ number: Int) -> (blocks: Int, entries: Int) {
      (1 << (number / 2), smallest << ((number + 1) / 2))
    }
  }

  /// The entries of an array that can grow, as many as there are blocks.
  func extensibleArray(
    _ address: UInt64, _ source: borrowing HDF5Source, _ place: String
  ) throws(FileError) -> [Chunk] {
    var header = try source.reader(at: address, count: 72, place)
    try header.expect("EAHD")
    _ = try header.slice(2)
    let growth = try growth(&header)
    _ = try header.slice(48)
    let index: UInt64 = try header.number()
    let blocks = 2 * (growth.pointers - 1)
    let groups = max(0, growth.groups - growth.listedGroups)
    let entryBytes = growth.entry.bytes
    var reader = try source.reader(
      at: index, count: 14 + growth.direct * entryBytes + 8 * (blocks + groups), place)
    try reader.expect("EAIB")
    _ = try reader.slice(10)
    var chunks: [Chunk] = []
    for _ in 0..<growth.direct {
      chunks.append(try chunk(&reader, sizeBytes: growth.entry.sizeBytes))
    }
    for number in 0..<growth.listedGroups {
      let group = growth.group(number)
      for _ in 0..<group.blocks {
        let block: UInt64 = try reader.number()
        if chunks.count >= grid.count { return chunks }
        chunks += try self.block(at: block, group.entries, growth, source, place)
      }
    }
    for number in growth.listedGroups..<max(growth.listedGroups, growth.groups) {
      let group: UInt64 = try reader.number()
      if chunks.count >= grid.count { return chunks }
      try add(&chunks, group: number, at: group, growth, source, place)
    }
    return chunks
  }

  private func growth(_ header: inout ByteReader) throws(FileError) -> Growth {
    let entryBytes = Int(try header.byte())
    let numbers = try header.slice(5).map(Int.init)
    let (bits, direct, smallest, pointers, pageBits) = (
      numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
    )
    guard (1...63).contains(bits), smallest.nonzeroBitCount == 1, pointers.nonzeroBitCount == 1,
      smallest.trailingZeroBitCount <= bits, pageBits < 32
    else { throw header.malformed("is damaged: its index grows in an impossible way") }
    return Growth(
      entry: Entry(
        bytes: entryBytes, sizeBytes: try sizeBytes(entry: entryBytes, place: 0, header)),
      bits: bits, direct: direct, smallest: smallest, pointers: pointers, page: 1 << pageBits)
  }

  /// The entries of the blocks of one group that has a list of its own.
  private func add(
    _ chunks: inout [Chunk], group number: Int, at address: UInt64, _ growth: Growth,
    _ source: borrowing HDF5Source, _ place: String
  ) throws(FileError) {
    let group = growth.group(number)
    let pages = group.entries > growth.page ? group.entries / growth.page : 0
    let bitmaps = group.blocks * ((pages + 7) / 8)
    let start = 14 + growth.offsetBytes + bitmaps
    guard group.blocks <= source.size / 8, bitmaps <= source.size else {
      throw FileError(
        source.path, place, problem: "is damaged: its index has more blocks than the file")
    }
    var reader = try source.reader(at: address, count: start + 8 * group.blocks, place)
    try reader.expect("EASB")
    try reader.seek(to: start)
    for _ in 0..<group.blocks {
      if chunks.count >= grid.count { return }
      chunks += try block(at: try reader.number(), group.entries, growth, source, place)
    }
  }

  /// The entries of one block; of one that was never made, places of nothing.
  private func block(
    at address: UInt64, _ count: Int, _ growth: Growth, _ source: borrowing HDF5Source,
    _ place: String
  ) throws(FileError) -> [Chunk] {
    guard count <= source.size / growth.entry.bytes else {
      throw FileError(
        source.path, place, problem: "is damaged: its index has more entries than the file")
    }
    guard address != ByteReader.undefinedAddress else {
      return [Chunk](
        repeating: Chunk(position: 0, address: address, stored: 0, mask: 0), count: count)
    }
    var start = try source.reader(at: address, count: 4, place)
    try start.expect("EADB")
    let isPaged = count > growth.page
    let prefix = 14 + growth.offsetBytes + (isPaged ? 4 : 0)
    return try entries(
      at: address &+ UInt64(prefix), count: count, page: isPaged ? growth.page : count,
      isPaged: isPaged, growth.entry, source, place)
  }
}
