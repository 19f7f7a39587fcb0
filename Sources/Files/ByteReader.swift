/// Reads little-endian numbers from bytes and never past their end.
///
/// Every offset and length may come from a hostile file: all are checked, none traps.
public struct ByteReader: Sendable {
  /// What is read.
  public let bytes: [UInt8]
  /// The file the bytes came from, for messages.
  public let path: String
  /// The part of the file that is read, for messages.
  public var place: String?
  /// Where the next byte is read.
  public private(set) var position = 0
  /// Where reading must stop.
  public private(set) var end: Int

  /// Starts at the first byte.
  ///
  /// - Parameters:
  ///   - bytes: what is read.
  ///   - path: the file they came from.
  ///   - place: the part of the file.
  public init(_ bytes: [UInt8], path: String, place: String? = nil) {
    self.bytes = bytes
    self.path = path
    self.place = place
    end = bytes.count
  }

  /// How many bytes are left.
  public var remaining: Int { end - position }

  /// An error about what is being read.
  ///
  /// - Parameter problem: expected, found, remedy.
  /// - Returns: the error, with file and place.
  public func malformed(_ problem: String) -> FileError { FileError(path, place, problem: problem) }

  /// Continues at another position.
  ///
  /// - Parameter position: from the first byte.
  /// - Throws: ``FileError`` when it lies outside.
  public mutating func seek(to position: Int) throws(FileError) {
    guard (0...end).contains(position) else {
      throw malformed("it points to byte \(position), but only \(end) are there")
    }
    self.position = position
  }

  /// Restricts reading to a part of the bytes, and starts there.
  ///
  /// - Parameters:
  ///   - start: the first byte of the part.
  ///   - count: how many bytes it has.
  /// - Throws: ``FileError`` when the part lies outside.
  public mutating func restrict(from start: Int, count: Int) throws(FileError) {
    let (end, overflow) = start.addingReportingOverflow(count)
    guard start >= 0, count >= 0, !overflow, end <= self.end else {
      throw malformed(
        "it claims \(counted(count, "byte")) from byte \(start), but only \(self.end) are there")
    }
    position = start
    self.end = end
  }

  /// The positions of the next bytes, which are skipped.
  ///
  /// - Parameter count: how many.
  /// - Returns: a range of ``bytes``.
  /// - Throws: ``FileError`` when that many are not left.
  public mutating func range(_ count: some BinaryInteger) throws(FileError) -> Range<Int> {
    guard let wanted = Int(exactly: count), wanted >= 0, wanted <= remaining else {
      throw malformed("it ends early: \(count) more bytes are needed, \(remaining) are left")
    }
    defer { position += wanted }
    return position..<position + wanted
  }

  /// The next bytes.
  ///
  /// - Parameter count: how many.
  /// - Returns: a view of them.
  /// - Throws: ``FileError`` when that many are not left.
  public mutating func slice(_ count: some BinaryInteger) throws(FileError) -> ArraySlice<UInt8> {
    bytes[try range(count)]
  }

  /// The next bytes as one unsigned number, the lowest byte first.
  ///
  /// - Returns: the number.
  /// - Throws: ``FileError`` when too few bytes are left.
  public mutating func number<Number: FixedWidthInteger>() throws(FileError) -> Number {
    var number: Number = 0
    let range = try range(MemoryLayout<Number>.size)
    for position in range.reversed() {
      number = (number << 8) | Number(truncatingIfNeeded: bytes[position])
    }
    return number
  }

  /// The next byte.
  ///
  /// - Returns: the byte.
  /// - Throws: ``FileError`` when none is left.
  public mutating func byte() throws(FileError) -> UInt8 {
    guard position < end else { throw malformed("it ends early at byte \(end)") }
    defer { position += 1 }
    return bytes[position]
  }

  /// The next bytes up to a line feed, which is skipped.
  ///
  /// - Returns: the line without its line feed.
  /// - Throws: ``FileError`` when no line feed is left.
  public mutating func line() throws(FileError) -> ArraySlice<UInt8> {
    guard let stop = bytes[position..<end].firstIndex(of: UInt8(ascii: "\n")) else {
      throw malformed("it ends inside a line")
    }
    defer { position = stop + 1 }
    return bytes[position..<stop]
  }
}
