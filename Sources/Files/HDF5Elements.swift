import CHDF5

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

/// How numbers lie in the file; they are decoded here rather than by the library, because its
/// general conversions trust bit positions that a hostile file may choose.
struct NumberLayout: Equatable {
  var elements: HDF5Elements
  var isBigEndian: Bool

  var bytes: Int {
    switch elements {
    case .float(let bytes), .integer(let bytes, _), .text(let bytes): bytes
    case .variableText, .other: 0
    }
  }

  /// Reads the layout off a type; anything unusual becomes `.other`.
  init(type: hid_t) {
    let size = H5Tget_size(type)
    isBigEndian = H5Tget_order(type) == H5T_ORDER_BE
    switch H5Tget_class(type) {
    case H5T_FLOAT: elements = Self.isIEEE(type, size: size) ? .float(bytes: size) : .other
    case H5T_INTEGER:
      let isPlain =
        [1, 2, 4, 8].contains(size) && H5Tget_precision(type) == size * 8
        && H5Tget_offset(type) == 0
      elements =
        isPlain ? .integer(bytes: size, isSigned: H5Tget_sign(type) == H5T_SGN_2) : .other
    case H5T_STRING:
      if H5Tis_variable_str(type) > 0 {
        elements = .variableText
      } else {
        elements = size > 0 ? .text(bytes: size) : .other
      }
    default: elements = .other
    }
  }

  private static func isIEEE(_ type: hid_t, size: Int) -> Bool {
    let fields = [2: (5, 10, 15), 4: (8, 23, 127), 8: (11, 52, 1023)]
    guard let (exponentBits, mantissaBits, bias) = fields[size] else { return false }
    var sign = 0
    var exponentStart = 0
    var exponentCount = 0
    var mantissaStart = 0
    var mantissaCount = 0
    guard
      H5Tget_fields(
        type, &sign, &exponentStart, &exponentCount, &mantissaStart, &mantissaCount) >= 0
    else { return false }
    return sign == size * 8 - 1 && exponentStart == mantissaBits && exponentCount == exponentBits
      && mantissaStart == 0 && mantissaCount == mantissaBits && H5Tget_ebias(type) == bias
      && H5Tget_norm(type) == H5T_NORM_IMPLIED && H5Tget_precision(type) == size * 8
      && H5Tget_offset(type) == 0
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

  /// Calls a closure with each whole number in turn, and whether it is unsigned.
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
