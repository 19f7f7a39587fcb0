/// Where blocks lie in the forms that newer files have for it.
///
/// Source: *HDF5 File Format Specification* 3.0, sections VII.A to VII.D and IV.A.2.i.
struct HDF5ChunkIndex {
  typealias Chunk = HDF5Chunks.Chunk

  /// How an array is divided.
  struct Grid {
    /// How many blocks there are along each axis.
    var counts: [Int]
    /// How many there may be; nil along an axis without end.
    var largest: [Int?]
    var blockBytes: Int

    /// The number of blocks.
    var count: Int { counts.reduce(1, *) }

    /// The places of all blocks in an order in which axes may grow, the first one given slowest.
    ///
    /// - Parameter axes: all of them.
    /// - Returns: nil where there is no number for one.
    func places(_ axes: [Int]) -> [Int]? {
      var strides = [Int](repeating: 1, count: counts.count)
      var stride = 1
      for axis in axes.reversed() {
        strides[axis] = stride
        let (next, overflow) = stride.multipliedReportingOverflow(
          by: max(counts[axis], largest[axis] ?? 1))
        guard !overflow else { return nil }
        stride = next
      }
      return (0..<count).map { position in
        var rest = position
        var place = 0
        for axis in counts.indices.reversed() {
          place += rest % counts[axis] * strides[axis]
          rest /= counts[axis]
        }
        return place
      }
    }
  }

  let grid: Grid
  let isFiltered: Bool
  private let flags: UInt8

  init(_ grid: Grid, isFiltered: Bool, flags: UInt8) {
    self.grid = grid
    self.isFiltered = isFiltered
    self.flags = flags
  }

  /// All blocks.
  ///
  /// - Parameters:
  ///   - message: the layout, from the type of the index.
  ///   - source: the file.
  /// - Returns: as many as the array has, by their positions.
  /// - Throws: ``FileError`` when the index is damaged or of an unknown type.
  func chunks(
    _ message: inout ByteReader, _ source: borrowing HDF5Source
  ) throws(FileError) -> [Chunk] {
    switch try message.byte() {
    case 1: return try single(&message)
    case 2:
      let address: UInt64 = try message.number()
      return try pick(try places(message)) { (place) throws(FileError) in
        let (offset, overflow) = place.multipliedReportingOverflow(by: grid.blockBytes)
        guard !overflow else { throw message.malformed("has blocks outside of the file") }
        return Chunk(
          position: 0, address: address &+ UInt64(offset), stored: grid.blockBytes, mask: 0)
      }
    case 3:
      _ = try message.byte()
      let entries = try fixedArray(try message.number(), source, message.place ?? "")
      return try pick(try places(message), among: entries, message)
    case 4:
      _ = try message.slice(5)
      let entries = try extensibleArray(try message.number(), source, message.place ?? "")
      return try pick(try places(message), among: entries, message)
    case 5:
      _ = try message.slice(6)
      return try tree(try message.number(), source, message.place ?? "")
    case let type:
      throw message.malformed(
        "has an index of blocks of type \(type), which is not read; rewrite the file without "
          + "libver='latest'")
    }
  }

  private func single(_ message: inout ByteReader) throws(FileError) -> [Chunk] {
    guard grid.count == 1 else { throw message.malformed("is damaged: one block is not enough") }
    var stored = grid.blockBytes
    var mask: UInt32 = 0
    if flags & 2 != 0 {
      stored = Int(clamping: try message.number() as UInt64)
      mask = try message.number()
    }
    return [Chunk(position: 0, address: try message.number(), stored: stored, mask: mask)]
  }

  /// The places of blocks in an array of them: an axis without end is the slowest.
  private func places(_ message: ByteReader) throws(FileError) -> [Int] {
    var axes = Array(grid.counts.indices)
    if let endless = grid.largest.firstIndex(of: nil) {
      axes.remove(at: endless)
      axes.insert(endless, at: 0)
    }
    guard let places = grid.places(axes) else {
      throw message.malformed("is divided into blocks without number")
    }
    return places
  }

  private func pick(
    _ places: [Int], among entries: [Chunk], _ message: ByteReader
  ) throws(FileError) -> [Chunk] {
    try pick(places) { (place) throws(FileError) in
      guard place < entries.count, entries[place].address != ByteReader.undefinedAddress else {
        throw message.malformed("has blocks that were never written")
      }
      return entries[place]
    }
  }

  private func pick(
    _ places: [Int], _ entry: (Int) throws(FileError) -> Chunk
  ) throws(FileError) -> [Chunk] {
    var chunks: [Chunk] = []
    chunks.reserveCapacity(places.count)
    for (position, place) in places.enumerated() {
      var chunk = try entry(place)
      chunk.position = position
      chunks.append(chunk)
    }
    return chunks
  }

  /// One block of an array or tree of them.
  ///
  /// - Parameters:
  ///   - reader: stands at its address.
  ///   - sizeBytes: of the number that says how large a filtered block is.
  /// - Returns: a block whose position is not known yet.
  /// - Throws: ``FileError`` when the reader ends.
  func chunk(_ reader: inout ByteReader, sizeBytes: Int) throws(FileError) -> Chunk {
    let address: UInt64 = try reader.number()
    guard isFiltered else {
      return Chunk(position: 0, address: address, stored: grid.blockBytes, mask: 0)
    }
    var stored: UInt64 = 0
    for byte in try reader.slice(sizeBytes).reversed() { stored = stored << 8 | UInt64(byte) }
    return Chunk(
      position: 0, address: address, stored: Int(clamping: stored), mask: try reader.number())
  }

  /// The bytes of a block's size in an entry, or in a record with its place.
  ///
  /// - Parameters:
  ///   - entry: all its bytes.
  ///   - place: how many of them say where the block is in the array.
  ///   - reader: for messages.
  /// - Returns: none where blocks are stored plainly.
  /// - Throws: ``FileError`` when an entry is too long or too short.
  func sizeBytes(entry: Int, place: Int, _ reader: ByteReader) throws(FileError) -> Int {
    let bytes = entry - place - (isFiltered ? 12 : 8)
    guard isFiltered ? (1...8).contains(bytes) : bytes == 0 else {
      throw reader.malformed("is damaged: the entries of its index have \(entry) bytes")
    }
    return bytes
  }
}
