/// What was done to each block before it was stored.
struct HDF5Filters {
  enum Kind: UInt16 {
    case deflate = 1
    case shuffle = 2
    case checksum = 3
    case scaleOffset = 6
    /// The one that h5py brings.
    case lzf = 32000
  }

  /// One step and the numbers it was set up with.
  struct Step {
    var kind: Kind
    var values: [UInt32]
  }

  private(set) var steps: [Step] = []

  /// What other filters are called.
  ///
  /// Source: The HDF Group’s list of registered filters.
  private static let names: [UInt16: String] = [
    4: "szip", 5: "N-bit packing", 307: "bzip2", 32001: "Blosc", 32004: "LZ4", 32008: "bitshuffle",
    32013: "ZFP",
    32015: "Zstandard", 32026: "Blosc2",
  ]

  /// Reads the message; most filters that come with the library, and LZF, are understood.
  init(_ message: ByteReader?) throws(FileError) {
    guard var message else { return }
    let version = try message.byte()
    let count = try message.byte()
    guard (1...2).contains(version), count <= 4 else {
      throw message.malformed("is stored with filters of unknown form")
    }
    if version == 1 { _ = try message.slice(6) }
    for _ in 0..<count {
      let id: UInt16 = try message.number()
      let nameLength: UInt16 = version == 1 || id >= 256 ? try message.number() : 0
      _ = try message.slice(2)
      let count: UInt16 = try message.number()
      let padded = version == 1 ? (Int(nameLength) + 7) / 8 * 8 : Int(nameLength)
      _ = try message.slice(padded)
      var values: [UInt32] = []
      for _ in 0..<count { values.append(try message.number()) }
      if version == 1 && count % 2 == 1 { _ = try message.slice(4) }
      guard let kind = Kind(rawValue: id) else {
        throw message.malformed(
          "is stored with \(Self.names[id] ?? "filter \(id)"); only shuffle, gzip (deflate), LZF, "
            + "scale-offset packing and checksums are read: write it with compression=\"gzip\", or "
            + "with none")
      }
      steps.append(Step(kind: kind, values: values))
    }
  }

  /// Undoes the steps for one block.
  ///
  /// - Parameters:
  ///   - stored: the block as it lies in the file; its names serve messages.
  ///   - mask: a set bit for each step that was skipped.
  ///   - size: of the plain block.
  ///   - elementBytes: of one element.
  /// - Returns: exactly `size` bytes.
  /// - Throws: ``FileError`` when the block is damaged or of another size.
  func undo(
    _ stored: ByteReader, mask: UInt32, size: Int, elementBytes: Int
  ) throws(FileError) -> [UInt8] {
    var block = stored.bytes
    for (position, step) in steps.enumerated().reversed() where mask >> position & 1 == 0 {
      switch step.kind {
      case .deflate:
        var plain: [UInt8] = []
        plain.reserveCapacity(size)
        try Inflation(path: stored.path, place: stored.place, format: .zlib)
          .run(block, limit: size) { plain.append(contentsOf: $0) }
        block = plain
      case .shuffle: block = Self.unshuffled(block, elementBytes: elementBytes)
      case .checksum: block = try Self.checked(block, stored)
      case .lzf: block = try LZF.expanded(block, size: size, stored)
      case .scaleOffset:
        block = try ScaleOffset(step.values, stored).expanded(block, size: size, stored)
      }
    }
    guard block.count == size else {
      throw stored.malformed("has a block of \(counted(block.count, "byte")); \(size) are expected")
    }
    return block
  }

  /// Puts the bytes of each element together again: the file has all first bytes, then all second.
  private static func unshuffled(_ block: [UInt8], elementBytes: Int) -> [UInt8] {
    let count = block.count / elementBytes
    var plain = block
    for byte in 0..<elementBytes {
      for element in 0..<count {
        plain[element * elementBytes + byte] = block[byte * count + element]
      }
    }
    return plain
  }

  /// The block without the sum of Fletcher at its end, which must be right.
  ///
  /// Source: J. G. Fletcher, *An arithmetic checksum for serial transmissions*, 1982; sums of 16-bit
  /// words, the high byte first, as `H5_checksum_fletcher32` folds them.
  private static func checked(
    _ block: [UInt8], _ stored: ByteReader
  ) throws(FileError) -> [UInt8] {
    guard block.count >= 4 else { throw stored.malformed("has a block without its checksum") }
    let plain = Array(block.dropLast(4))
    var first: UInt32 = 0
    var second: UInt32 = 0
    func fold(_ sum: UInt32) -> UInt32 { sum & 0xffff + sum >> 16 }
    var position = 0
    while position < plain.count {
      let end = min(position + 720, plain.count)
      while position < end {
        let low = position + 1 < plain.count ? UInt32(plain[position + 1]) : 0
        first += UInt32(plain[position]) << 8 | low
        second += first
        position += 2
      }
      first = fold(first)
      second = fold(second)
    }
    let sum = fold(second) << 16 | fold(first)
    let found = block.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard sum == found else {
      throw stored.malformed("has a block whose checksum is wrong; the file is damaged")
    }
    return plain
  }
}
