/// A dataset whose claims have been checked against the file.
struct HDF5Dataset {
  /// Where the elements are.
  enum Storage {
    /// In the header itself.
    case compact([UInt8])
    /// In one piece at an address.
    case contiguous(UInt64)
    /// In blocks.
    case chunked(HDF5Chunks)
  }

  let name: String
  let layout: HDF5Layout
  let shape: [Int]
  /// The product of the shape.
  let count: Int
  let storage: Storage

  var allRows: Range<Int> { 0..<(shape.first ?? 1) }

  /// What reading it whole unpacks; blocks may be larger than what they hold of the dataset.
  var unpackedBytes: Int {
    let bytes = count * layout.bytes
    return if case .chunked(let chunks) = storage { max(bytes, chunks.unpackedBytes) } else {
      bytes
    }
  }

  /// The elements of one step along the outermost axis.
  var elementsPerRow: Int { shape.first.map { $0 == 0 ? 0 : count / $0 } ?? count }

  init(_ object: HDF5Object, _ file: borrowing HDF5File) throws(FileError) {
    let name = object.place
    guard object.kind == .dataset, let type = try object.first(.datatype),
      let spaceMessage = try object.first(.dataspace), let place = try object.first(.layout)
    else { throw file.error(name, "is not a dataset") }
    guard try object.first(.externalFiles) == nil else {
      throw file.error(name, "keeps its data in another file; store them in this one")
    }
    layout = try HDF5Layout(type)
    let space = try HDF5Space(spaceMessage)
    shape = space.extents
    guard let count = shape.checkedProduct,
      case let (bytes, overflow) = count.multipliedReportingOverflow(by: layout.bytes), !overflow
    else { throw file.error(name, "claims more elements than there are numbers for") }
    self.name = name
    self.count = count
    storage = try Self.storage(
      place, try HDF5Filters(try object.first(.filters)), space, layout, bytes: bytes, file)
  }

  private static func storage(
    _ place: ByteReader, _ filters: HDF5Filters, _ space: HDF5Space, _ layout: HDF5Layout,
    bytes: Int, _ file: borrowing HDF5File
  ) throws(FileError) -> Storage {
    let shape = space.extents
    var place = place
    let version = try place.byte()
    let kind = try place.byte()
    guard (3...5).contains(version) else {
      throw place.malformed(
        "is stored in a way of version \(version), which is not read; rewrite the file without "
          + "libver='latest'")
    }
    switch kind {
    case 0:
      let size: UInt16 = try place.number()
      let data = try place.slice(size)
      guard bytes <= data.count else { throw claim(bytes, stored: data.count, place) }
      return .compact(Array(data.prefix(bytes)))
    case 1:
      let address: UInt64 = try place.number()
      let stored: UInt64 = try place.number()
      if bytes == 0 { return .compact([]) }
      guard address != ByteReader.undefinedAddress, UInt64(bytes) <= stored else {
        throw claim(
          bytes, stored: address == ByteReader.undefinedAddress ? 0 : Int(clamping: stored), place)
      }
      _ = try file.source.position(address, count: bytes, place.place ?? "")
      return .contiguous(address)
    case 2:
      guard bytes <= file.largestArray else {
        throw place.malformed(
          "claims \(bytes) bytes; a file of \(file.size) is trusted with \(file.largestArray)")
      }
      if bytes == 0 { return .compact([]) }
      return .chunked(
        version == 3
          ? try HDF5Chunks(&place, filters, shape: shape, elementBytes: layout.bytes, file)
          : try HDF5Chunks(
            newer: &place, filters, space: space, elementBytes: layout.bytes, file))
    default: throw place.malformed("is a virtual dataset; store its data in this file")
    }
  }

  private static func claim(_ bytes: Int, stored: Int, _ place: ByteReader) -> FileError {
    place.malformed("claims \(bytes) bytes, but the file stores \(stored) of them")
  }

  /// Reads some rows as they lie in the file.
  ///
  /// - Parameters:
  ///   - rows: within ``allRows``.
  ///   - buffer: exactly as long as the rows.
  ///   - source: the file.
  /// - Throws: ``FileError`` when blocks are damaged.
  func read(
    rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer, _ source: borrowing HDF5Source
  ) throws(FileError) {
    let rowBytes = elementsPerRow * layout.bytes
    let start = rows.lowerBound * rowBytes
    switch storage {
    case .compact(let bytes):
      buffer.copyBytes(from: bytes[start..<start + buffer.count])
    case .contiguous(let address):
      try source.read(into: buffer, at: address + UInt64(start), name)
    case .chunked(let chunks):
      try chunks.read(rows: rows, of: shape, into: buffer, source, name)
    }
  }
}
