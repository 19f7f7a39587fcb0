import Glibc

/// Numbers kept as differences from the smallest, in as few bits as the largest needs.
///
/// Source: *HDF5 File Format Specification* 3.0, and `H5Zscaleoffset.c` for what it leaves open.
struct ScaleOffset {
  private let isFloat: Bool
  private let decimals: Int
  private let bytes: Int
  private let isBigEndian: Bool
  /// The bits of what stands for values that were never written.
  private let fill: UInt64?

  /// Reads how a dataset was set up.
  ///
  /// - Parameters:
  ///   - values: the filter's numbers.
  ///   - place: for messages.
  /// - Throws: ``FileError`` when they describe no numbers that are read.
  init(_ values: [UInt32], _ place: ByteReader) throws(FileError) {
    guard values.count >= 8, values[0] == 0 && values[3] == 1 || values[0] == 2 && values[3] == 0,
      [1, 2, 4, 8].contains(values[4]), values[3] == 0 || values[4] >= 4
    else { throw place.malformed("is packed by scale and offset in an unknown way") }
    isFloat = values[3] == 1
    decimals = Int(Int32(bitPattern: values[1]))
    bytes = Int(values[4])
    isBigEndian = values[6] == 1
    let low = values.count > 8 ? UInt64(values[8]) : 0
    let high = values.count > 9 ? UInt64(values[9]) : 0
    fill = values[7] == 1 ? high << 32 | low : nil
    guard (-308...308).contains(decimals) || !isFloat else {
      throw place.malformed("is packed by scale and offset with \(decimals) decimals")
    }
  }

  /// The plain bytes of one block.
  ///
  /// - Parameters:
  ///   - packed: the bits of an element, the smallest value, then the elements.
  ///   - size: of the plain block.
  ///   - place: for messages.
  /// - Returns: `size` bytes.
  /// - Throws: ``FileError`` when there are not as many elements.
  func expanded(_ packed: [UInt8], size: Int, _ place: ByteReader) throws(FileError) -> [UInt8] {
    var reader = ByteReader(packed, path: place.path, place: place.place)
    let bits = Int(try reader.number() as UInt32)
    let width = Int(try reader.byte())
    guard bits <= 8 * bytes, width <= 8 else {
      throw place.malformed("has a block packed by scale and offset that is damaged")
    }
    var smallest: UInt64 = 0
    for byte in try reader.slice(width).reversed() { smallest = smallest << 8 | UInt64(byte) }
    try reader.seek(to: 21)
    if bits == 8 * bytes { return Array(try reader.slice(size)) }
    let count = size / bytes
    guard count * bits <= 8 * reader.remaining else {
      throw place.malformed("has a block packed by scale and offset that ends early")
    }
    var plain: [UInt8] = []
    plain.reserveCapacity(size)
    var position = 8 * reader.position
    for _ in 0..<count {
      var code: UInt64 = 0
      for bit in position..<position + bits {
        code = code << 1 | UInt64(packed[bit >> 3] >> (7 - bit & 7) & 1)
      }
      position += bits
      let value = value(code, isAllOnes: code == 1 << bits - 1, smallest)
      for byte in 0..<bytes {
        let place = isBigEndian ? bytes - 1 - byte : byte
        plain.append(UInt8(truncatingIfNeeded: value >> (8 * place)))
      }
    }
    return plain
  }

  /// The bits of an element.
  private func value(_ code: UInt64, isAllOnes: Bool, _ smallest: UInt64) -> UInt64 {
    if let fill, isAllOnes { return fill }
    guard isFloat else { return smallest &+ code }
    let scale = pow(10, Double(decimals))
    if bytes == 4 {
      let offset = Float(bitPattern: UInt32(truncatingIfNeeded: smallest))
      return UInt64((Float(code) / Float(scale) + offset).bitPattern)
    }
    return (Double(code) / scale + Double(bitPattern: smallest)).bitPattern
  }
}
