/// A collection of texts of variable length, which lies apart from the datasets that own them.
struct HDF5Heap {
  private var objects: [UInt16: ArraySlice<UInt8>] = [:]

  /// Reads the collection at an address.
  init(_ source: borrowing HDF5Source, at address: UInt64, _ place: String) throws(FileError) {
    var start = try source.reader(at: address, count: 16, place)
    try start.expect("GCOL")
    _ = try start.slice(4)
    let size: UInt64 = try start.number()
    var reader = try source.reader(at: address, count: size, place)
    _ = try reader.slice(16)
    while reader.remaining >= 16 {
      let index: UInt16 = try reader.number()
      if index == 0 { break }
      _ = try reader.slice(6)
      let size: UInt64 = try reader.number()
      objects[index] = try reader.slice(size)
      let padding = (8 - Int(size % 8)) % 8
      _ = try reader.slice(min(padding, reader.remaining))
    }
  }

  /// The first bytes of one text, up to a null; nil when the collection does not hold as many.
  func text(_ index: UInt32, length: Int) -> String? {
    guard let index = UInt16(exactly: index), let object = objects[index], length <= object.count
    else { return nil }
    return String(decoding: object.prefix(length).prefix { $0 != 0 }, as: UTF8.self)
  }
}
