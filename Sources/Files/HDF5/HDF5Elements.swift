/// The type of a dataset's elements.
public enum HDF5Elements: Hashable, Sendable {
  /// An IEEE number of 2, 4 or 8 bytes.
  case float(bytes: Int)
  /// A whole number of 1, 2, 4 or 8 bytes.
  case integer(bytes: Int, isSigned: Bool)
  /// Text of a fixed number of bytes.
  case text(bytes: Int)
  /// Text of any length.
  case variableText
  /// Anything else, which is not read.
  case other
}

/// How elements lie in the file.
struct HDF5Layout: Equatable {
  var elements: HDF5Elements
  var isBigEndian: Bool
  /// The size of one element.
  var bytes: Int

  /// Reads a datatype message; anything unusual becomes `.other`.
  init(_ message: ByteReader) throws(FileError) {
    var message = message
    let kind = try message.byte()
    let low = try message.byte()
    let high = try message.byte()
    _ = try message.byte()
    bytes = Int(try message.number() as UInt32)
    guard bytes > 0 else { throw message.malformed("has elements of no bytes") }
    isBigEndian = low & 1 != 0
    elements = .other
    switch kind & 15 {
    case 0:
      let offset: UInt16 = try message.number()
      let precision: UInt16 = try message.number()
      if offset == 0 && Int(precision) == bytes * 8 && [1, 2, 4, 8].contains(bytes) {
        elements = .integer(bytes: bytes, isSigned: low & 8 != 0)
      }
    case 1:
      let isOrdinary = low & 0x70 == 0x20 && Int(high) == bytes * 8 - 1
      if isOrdinary, try Self.isIEEE(&message, bytes: bytes) { elements = .float(bytes: bytes) }
    case 8:
      // An enumeration, as h5py stores truth values; its numbers are those of the type inside.
      let inner = try HDF5Layout(message)
      if inner.bytes == bytes, case .integer = inner.elements { self = inner }
    case 3: elements = .text(bytes: bytes)
    case 9: if low & 15 == 1 && bytes == 16 { elements = .variableText }
    default: break
    }
  }

  private static func isIEEE(_ message: inout ByteReader, bytes: Int) throws(FileError) -> Bool {
    let fields = [2: (5, 10, 15), 4: (8, 23, 127), 8: (11, 52, 1023)]
    guard let (exponent, mantissa, bias) = fields[bytes] else { return false }
    let numbers = [Int(try message.number() as UInt16), Int(try message.number() as UInt16)]
    let places = try message.slice(4).map(Int.init)
    let foundBias = Int(try message.number() as UInt32)
    return numbers == [0, bytes * 8] && places == [mantissa, exponent, 0, mantissa]
      && foundBias == bias
  }

  /// Calls a closure with each number in turn as a `Float`.
  func decodeFloats(_ raw: UnsafeRawBufferPointer, _ receive: (Int, Float) -> Void) {
    switch elements {
    case .float(2): each(raw, UInt16.self) { receive($0, Float(Float16(bitPattern: $1))) }
    case .float(4): each(raw, UInt32.self) { receive($0, Float(bitPattern: $1)) }
    case .float: each(raw, UInt64.self) { receive($0, Float(Double(bitPattern: $1))) }
    case .integer:
      decodeIntegers(raw) { receive($0, $2 ? Float(UInt64(bitPattern: $1)) : Float($1)) }
    case .text, .variableText, .other: break
    }
  }

  /// Calls a closure with each whole number in turn, and whether it is one of 64 unsigned bits.
  func decodeIntegers(_ raw: UnsafeRawBufferPointer, _ receive: (Int, Int64, Bool) -> Void) {
    guard case .integer(let bytes, let isSigned) = elements else { return }
    switch (bytes, isSigned) {
    case (1, true): each(raw, UInt8.self) { receive($0, Int64(Int8(bitPattern: $1)), false) }
    case (1, false): each(raw, UInt8.self) { receive($0, Int64($1), false) }
    case (2, true): each(raw, UInt16.self) { receive($0, Int64(Int16(bitPattern: $1)), false) }
    case (2, false): each(raw, UInt16.self) { receive($0, Int64($1), false) }
    case (4, true): each(raw, UInt32.self) { receive($0, Int64(Int32(bitPattern: $1)), false) }
    case (4, false): each(raw, UInt32.self) { receive($0, Int64($1), false) }
    case (_, true): each(raw, UInt64.self) { receive($0, Int64(bitPattern: $1), false) }
    case (_, false): each(raw, UInt64.self) { receive($0, Int64(bitPattern: $1), true) }
    }
  }

  private func each<Word: FixedWidthInteger>(
    _ raw: UnsafeRawBufferPointer, _ type: Word.Type, _ receive: (Int, Word) -> Void
  ) {
    let size = MemoryLayout<Word>.size
    for position in 0..<raw.count / size {
      let word = raw.loadUnaligned(fromByteOffset: position * size, as: Word.self)
      receive(position, isBigEndian ? word.bigEndian : word.littleEndian)
    }
  }
}

/// The extents of an array.
struct HDF5Space {
  /// A scalar has none.
  private(set) var extents: [Int] = []
  /// How far each may grow; nil for an axis without end.
  private(set) var largest: [Int?] = []

  /// Reads a dataspace message.
  init(_ message: ByteReader) throws(FileError) {
    var message = message
    let version = try message.byte()
    let rank = Int(try message.byte())
    let flags = try message.byte()
    let type = try message.byte()
    guard version == 1 || version == 2, rank <= 32 else {
      throw message.malformed("has a shape of unknown form")
    }
    if version == 1 { _ = try message.slice(4) }
    if version == 2 && type == 2 { throw message.malformed("has no elements") }
    for _ in 0..<rank {
      let extent: UInt64 = try message.number()
      guard let extent = Int(exactly: extent) else {
        throw message.malformed("claims an extent of \(extent)")
      }
      extents.append(extent)
    }
    largest = extents
    guard flags & 1 != 0 else { return }
    for axis in 0..<rank { largest[axis] = Int(exactly: try message.number() as UInt64) }
  }
}
