/// What was done to each block before it was stored.
struct HDF5Filters {
  enum Step: UInt16 {
    case deflate = 1
    case shuffle = 2
  }

  private(set) var steps: [Step] = []

  /// What other filters are called.
  ///
  /// Source: The HDF Group’s list of registered filters.
  private static let names: [UInt16: String] = [
    3: "checksums (Fletcher32)", 4: "szip", 5: "N-bit packing", 6: "scale-offset packing",
    307: "bzip2", 32000: "LZF", 32001: "Blosc", 32004: "LZ4", 32008: "bitshuffle", 32013: "ZFP",
    32015: "Zstandard", 32026: "Blosc2",
  ]

  /// Reads the message; only shuffle and gzip (deflate) are understood.
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
      let values: UInt16 = try message.number()
      let padded = version == 1 ? (Int(nameLength) + 7) / 8 * 8 : Int(nameLength)
      _ = try message.slice(padded)
      _ = try message.slice(4 * Int(values) + (version == 1 && values % 2 == 1 ? 4 : 0))
      guard let step = Step(rawValue: id) else {
        throw message.malformed(
          "is stored with \(Self.names[id] ?? "filter \(id)"); only shuffle and gzip (deflate) are "
            + "read: write it with compression=\"gzip\", or with none")
      }
      steps.append(step)
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
      switch step {
      case .deflate:
        var plain: [UInt8] = []
        plain.reserveCapacity(size)
        try Inflation(path: stored.path, place: stored.place, format: .zlib)
          .run(block, limit: size) { plain.append(contentsOf: $0) }
        block = plain
      case .shuffle: block = Self.unshuffled(block, elementBytes: elementBytes)
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
}
