import Files

/// Arrays in NumPy's own format.
///
/// Source: NumPy, *numpy.lib.format*, versions 1.0 to 3.0.
enum NumPyArray {
  /// The bytes that such a file starts with.
  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

  /// Reads one array.
  ///
  /// - Parameters:
  ///   - reader: stands at its beginning and ends where the array may end.
  ///   - name: of the array, for messages.
  /// - Returns: the numbers, the last index running fastest.
  /// - Throws: ``FileError`` when it is damaged or holds something else than numbers.
  static func read(_ reader: ByteReader, name: String) throws(FileError) -> NumericArray {
    var reader = reader
    guard try reader.slice(6).elementsEqual(magic) else {
      throw reader.malformed("it is no array of NumPy")
    }
    let version = try reader.byte()
    _ = try reader.byte()
    let length =
      version == 1 ? Int(try reader.number() as UInt16) : Int(try reader.number() as UInt32)
    let header = String(decoding: try reader.slice(min(length, 1 << 16)), as: UTF8.self)
    let order = text(after: "'fortran_order':", in: header, from: " ", to: ",")
    guard let extents = text(after: "'shape':", in: header, from: "(", to: ")"),
      let order, ["True", "False"].contains(order)
    else { throw reader.malformed("its header is not understood; save it again with numpy.save") }
    guard let descriptor = text(after: "'descr':", in: header, from: "'", to: "'"),
      header.firstRange(of: "'descr': [") == nil
    else { throw reader.malformed("it is a structured array; save the numbers of one field") }
    guard !descriptor.contains("O") else {
      throw reader.malformed(
        "it holds objects of Python, which are not built; save an array of numbers")
    }
    var shape: [Int] = []
    for word in extents.split(separator: ",") where word.contains(where: { $0 != " " }) {
      guard let extent = Int(word.filter { $0 != " " && $0 != "L" }), extent >= 0,
        shape.count < 32
      else { throw reader.malformed("its shape (\(extents)) is not understood") }
      shape.append(extent)
    }
    return try NumericArray(
      descriptor: descriptor, bytes: try reader.slice(reader.remaining), shape: shape,
      isFortran: order == "True", path: reader.path, name: name)
  }

  private static func text(
    after key: String, in header: String, from start: Character, to end: Character
  ) -> String? {
    guard let place = header.firstRange(of: key) else { return nil }
    let rest = header[place.upperBound...].drop { $0 != start }.dropFirst()
    return rest.contains(end) ? String(rest.prefix { $0 != end }) : nil
  }
}
