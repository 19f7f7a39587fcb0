/// The records of a zip file, stored plainly, as PyTorch and `numpy.savez` write them, or deflated.
///
/// Source: PKWARE, *.ZIP File Format Specification* 6.3.10, §4.3 and §4.5.3.
public struct ZipArchive: Sendable {
  /// One record, as the central directory describes it.
  public struct Record: Hashable, Sendable {
    /// Its name, folders separated by slashes.
    public var name: String
    var method: UInt16
    var flags: UInt16
    var checksum: UInt32
    var size: UInt64
    var stored: UInt64
    var header: UInt64
  }

  private let reader: ByteReader
  /// All records, in the directory's order.
  public let records: [Record]

  /// What the archive is, and what to do with it, where its names show that it is no state dict.
  public var foreignProblem: String? { FileNature.problem(ofZipWith: records.map(\.name)) }

  /// Reads the central directory.
  ///
  /// - Parameter reader: the whole file.
  /// - Throws: ``FileError`` when it is damaged.
  public init(_ reader: ByteReader) throws(FileError) {
    self.reader = reader
    var reader = reader
    reader.place = "zip directory"
    let (start, count) = try Self.directory(reader)
    try reader.seek(to: start)
    // A directory entry takes at least 46 bytes.
    guard count <= reader.remaining / 46 else {
      throw reader.malformed("it claims \(count) records, more than fit into the file")
    }
    var records: [Record] = []
    var total: UInt64 = 0
    for _ in 0..<count {
      let record = try Self.record(&reader)
      let (sum, overflow) = total.addingReportingOverflow(record.stored)
      guard !overflow, sum <= UInt64(reader.bytes.count) else {
        throw reader.malformed("its records overlap or are larger than the file")
      }
      total = sum
      records.append(record)
    }
    self.records = records
  }

  /// A record's bytes, inflated where it is deflated; its checksum is verified.
  ///
  /// - Parameters:
  ///   - record: one of ``records``.
  ///   - limit: a record that would be larger is refused before memory is taken.
  /// - Returns: a reader of its bytes, which names the record in messages.
  /// - Throws: ``FileError`` when it is too large, encrypted or damaged.
  public func reader(of record: Record, limit: Int) throws(FileError) -> ByteReader {
    var part = reader
    part.place = record.name
    guard record.size <= UInt64(limit) else {
      throw part.malformed("it unpacks to \(record.size) bytes, more than \(limit)")
    }
    if record.method != 8 {
      let range = try contents(of: record)
      try part.restrict(from: range.lowerBound, count: range.count)
      return part
    }
    guard record.flags & 1 == 0 else { throw part.malformed("it is encrypted; decrypt it first") }
    try seekToContents(of: record, &part)
    let stored = Array(try part.slice(record.stored))
    var plain: [UInt8] = []
    plain.reserveCapacity(Int(record.size))
    try Inflation(path: part.path, place: record.name, format: .raw)
      .run(stored, limit: Int(record.size)) { plain.append(contentsOf: $0) }
    guard plain.count == record.size, Digest.crc32(of: plain[...]) == record.checksum else {
      throw part.malformed("its checksum is wrong; the file is damaged")
    }
    return ByteReader(plain, path: part.path, place: record.name)
  }

  /// The positions of a record's bytes, whose checksum is verified.
  ///
  /// - Parameter record: one of ``records``.
  /// - Returns: a range of the file's bytes.
  /// - Throws: ``FileError`` when the record is compressed or damaged.
  public func contents(of record: Record) throws(FileError) -> Range<Int> {
    var reader = reader
    reader.place = record.name
    guard record.method == 0, record.flags & 1 == 0, record.size == record.stored else {
      throw reader.malformed(
        "it is compressed or encrypted; torch.save and numpy.savez store plainly")
    }
    try seekToContents(of: record, &reader)
    let range = try reader.range(record.size)
    guard Digest.crc32(of: reader.bytes[range]) == record.checksum else {
      throw reader.malformed("its checksum is wrong; the file is damaged")
    }
    return range
  }

  private func seekToContents(
    of record: Record, _ reader: inout ByteReader
  ) throws(FileError) {
    guard let header = Int(exactly: record.header) else {
      throw reader.malformed("it lies outside the file")
    }
    try reader.seek(to: header)
    guard try reader.number() as UInt32 == 0x0403_4b50 else {
      throw reader.malformed("it does not start with a record header")
    }
    _ = try reader.slice(22)
    let name: UInt16 = try reader.number()
    let extra: UInt16 = try reader.number()
    _ = try reader.slice(Int(name) + Int(extra))
  }

  /// Where the central directory starts and how many records it lists.
  private static func directory(_ reader: ByteReader) throws(FileError) -> (start: Int, count: Int)
  {
    var reader = reader
    let bytes = reader.bytes
    // The end record is 22 bytes and a comment of up to 65535.
    let earliest = max(0, bytes.count - 22 - 65535)
    let signature: [UInt8] = [0x50, 0x4b, 5, 6]
    let end = stride(from: bytes.count - 22, through: earliest, by: -1).first {
      bytes[$0] == 0x50 && bytes[$0..<$0 + 4].elementsEqual(signature)
    }
    guard let end else { throw reader.malformed("it is missing; the file is cut off") }
    try reader.seek(to: end + 10)
    let count: UInt16 = try reader.number()
    _ = try reader.slice(4)
    let start: UInt32 = try reader.number()
    guard count == .max || start == .max else { return (Int(start), Int(count)) }
    return try largeDirectory(reader, locator: end - 20)
  }

  private static func largeDirectory(
    _ reader: ByteReader, locator: Int
  ) throws(FileError) -> (start: Int, count: Int) {
    var reader = reader
    try reader.seek(to: locator)
    guard try reader.number() as UInt32 == 0x0706_4b50 else {
      throw reader.malformed("its zip64 part is missing")
    }
    _ = try reader.slice(4)
    let end: UInt64 = try reader.number()
    try reader.seek(to: Int(clamping: end))
    guard try reader.number() as UInt32 == 0x0606_4b50 else {
      throw reader.malformed("its zip64 part is damaged")
    }
    _ = try reader.slice(28)
    let count: UInt64 = try reader.number()
    _ = try reader.slice(8)
    let start: UInt64 = try reader.number()
    return (Int(clamping: start), Int(clamping: count))
  }

  private static func record(_ reader: inout ByteReader) throws(FileError) -> Record {
    guard try reader.number() as UInt32 == 0x0201_4b50 else {
      throw reader.malformed("one of its entries is damaged")
    }
    _ = try reader.slice(4)
    let flags: UInt16 = try reader.number()
    let method: UInt16 = try reader.number()
    _ = try reader.slice(4)
    let checksum: UInt32 = try reader.number()
    let stored: UInt32 = try reader.number()
    let size: UInt32 = try reader.number()
    let nameLength: UInt16 = try reader.number()
    let extraLength: UInt16 = try reader.number()
    let commentLength: UInt16 = try reader.number()
    _ = try reader.slice(8)
    let header: UInt32 = try reader.number()
    let name = String(decoding: try reader.slice(nameLength), as: UTF8.self)
    var record = Record(
      name: name, method: method, flags: flags, checksum: checksum, size: UInt64(size),
      stored: UInt64(stored), header: UInt64(header))
    let extra = try reader.range(extraLength)
    try widen(&record, from: extra, of: reader)
    _ = try reader.slice(commentLength)
    return record
  }

  /// Replaces the numbers that did not fit into 32 bits by those of the zip64 field.
  private static func widen(
    _ record: inout Record, from extra: Range<Int>, of reader: ByteReader
  ) throws(FileError) {
    let marker = UInt64(UInt32.max)
    guard [record.size, record.stored, record.header].contains(marker) else { return }
    var reader = reader
    try reader.restrict(from: extra.lowerBound, count: extra.count)
    while reader.remaining >= 4 {
      let kind: UInt16 = try reader.number()
      let length: UInt16 = try reader.number()
      guard kind == 1 else {
        _ = try reader.slice(length)
        continue
      }
      if record.size == marker { record.size = try reader.number() }
      if record.stored == marker { record.stored = try reader.number() }
      if record.header == marker { record.header = try reader.number() }
      return
    }
  }
}
