/// The texts of variable length, which lie in collections apart from the datasets that own them.
struct HDF5Heap {
  private let place: String
  /// The objects of the collections read so far.
  private var collections: [UInt64: [UInt16: ArraySlice<UInt8>]] = [:]
  /// How many bytes of collections and of texts may still be read.
  private var allowance: Int

  init(fileSize: Int, _ place: String) {
    self.place = place
    allowance = 2 * fileSize
  }

  /// The text to which an element of a dataset or attribute refers.
  ///
  /// - Parameters:
  ///   - element: length, address and index, 16 bytes.
  ///   - source: the file.
  /// - Returns: the text.
  /// - Throws: ``FileError`` when the reference leads nowhere.
  mutating func text(
    _ element: inout ByteReader, _ source: borrowing HDF5Source
  ) throws(FileError) -> String {
    let length: UInt32 = try element.number()
    let address: UInt64 = try element.number()
    let index = UInt16(truncatingIfNeeded: try element.number() as UInt32)
    if length == 0 { return "" }
    if collections[address] == nil { collections[address] = try collection(source, at: address) }
    guard let object = collections[address]?[index], length <= object.count else {
      throw element.malformed("is damaged: one of its texts is missing")
    }
    try spend(Int(length), element)
    let bytes = object.prefix(Int(length)).prefix { $0 != 0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func spend(_ count: Int, _ reader: ByteReader) throws(FileError) {
    allowance -= count
    if allowance < 0 { throw reader.malformed("claims more text than the file can hold") }
  }

  private mutating func collection(
    _ source: borrowing HDF5Source, at address: UInt64
  ) throws(FileError) -> [UInt16: ArraySlice<UInt8>] {
    var start = try source.reader(at: address, count: 16, place)
    try start.expect("GCOL")
    _ = try start.slice(4)
    let size: UInt64 = try start.number()
    try spend(Int(clamping: size), start)
    var reader = try source.reader(at: address, count: size, place)
    _ = try reader.slice(16)
    var objects: [UInt16: ArraySlice<UInt8>] = [:]
    while reader.remaining >= 16 {
      let index: UInt16 = try reader.number()
      if index == 0 { break }
      _ = try reader.slice(6)
      let size: UInt64 = try reader.number()
      objects[index] = try reader.slice(size)
      let padding = (8 - Int(size % 8)) % 8
      _ = try reader.slice(min(padding, reader.remaining))
    }
    return objects
  }
}
