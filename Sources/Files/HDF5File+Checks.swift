import CHDF5

extension HDF5File {
  /// Opens a dataset and refuses any whose claims exceed what the file can hold.
  func open(_ name: String) throws(FileError) -> OpenDataset {
    let handle = try object(name)
    guard kind(of: handle.id) == .dataset else { throw error(name, "is not a dataset") }
    guard let type = HDF5Handle(H5Dget_type(handle.id), closedBy: H5Tclose),
      let space = HDF5Handle(H5Dget_space(handle.id), closedBy: H5Sclose)
    else { throw error(name, "is damaged") }
    let layout = NumberLayout(type: type.id)
    let shape = try extents(of: space.id, name)
    let elementBytes = max(H5Tget_size(type.id), 1)
    guard let count = shape.checkedProduct,
      case let (bytes, overflow) = count.multipliedReportingOverflow(by: elementBytes), !overflow
    else { throw error(name, "claims more elements than there are numbers for") }
    try checkStorage(of: handle.id, name, logicalBytes: bytes)
    return OpenDataset(
      name: name, handle: handle, type: type, layout: layout, shape: shape, count: count)
  }

  /// The extents of an array or of an attribute.
  func extents(of space: hid_t, _ name: String) throws(FileError) -> [Int] {
    let kind = H5Sget_simple_extent_type(space)
    if kind == H5S_SCALAR { return [] }
    let rank = Int(H5Sget_simple_extent_ndims(space))
    guard kind == H5S_SIMPLE, (0...32).contains(rank) else {
      throw error(name, "has no elements")
    }
    var extents = [hsize_t](repeating: 0, count: rank)
    guard H5Sget_simple_extent_dims(space, &extents, nil) >= 0 else {
      throw error(name, "is damaged")
    }
    return try extents.map { (extent) throws(FileError) -> Int in
      guard let extent = Int(exactly: extent) else {
        throw error(name, "claims an extent of \(extent)")
      }
      return extent
    }
  }

  private func checkStorage(
    of dataset: hid_t, _ name: String, logicalBytes: Int
  ) throws(FileError) {
    guard let list = HDF5Handle(H5Dget_create_plist(dataset), closedBy: H5Pclose) else {
      throw error(name, "is damaged")
    }
    guard H5Pget_external_count(list.id) == 0 else {
      throw error(name, "keeps its data in another file; store them in this one")
    }
    let stored = Int(clamping: H5Dget_storage_size(dataset))
    guard stored <= size else {
      throw error(name, "claims \(stored) bytes of a file of \(size)")
    }
    switch H5Pget_layout(list.id) {
    case H5D_COMPACT, H5D_CONTIGUOUS:
      guard logicalBytes <= stored else {
        throw error(
          name, "claims \(logicalBytes) bytes, but the file stores \(stored) of them")
      }
    case H5D_CHUNKED:
      guard logicalBytes <= largestArray else {
        throw error(
          name, "claims \(logicalBytes) bytes; a file of \(size) is trusted with \(largestArray)")
      }
      try checkChunks(of: dataset, created: list.id, name)
    default:
      throw error(name, "is a virtual dataset; store its data in this file")
    }
  }
}

// MARK: Chunks

extension HDF5File {
  private func checkChunks(
    of dataset: hid_t, created list: hid_t, _ name: String
  ) throws(FileError) {
    guard let type = HDF5Handle(H5Dget_type(dataset), closedBy: H5Tclose),
      let space = HDF5Handle(H5Dget_space(dataset), closedBy: H5Sclose)
    else { throw error(name, "is damaged") }
    var extents = [hsize_t](repeating: 0, count: 32)
    let rank = Int(H5Pget_chunk(list, 32, &extents))
    guard (1...32).contains(rank),
      let count = extents.prefix(rank).map({ Int(clamping: $0) }).checkedProduct,
      case let (bytes, overflow) = count.multipliedReportingOverflow(by: H5Tget_size(type.id)),
      !overflow, bytes > 0, bytes <= largestArray
    else { throw error(name, "has chunks larger than \(largestArray) bytes or none") }
    if try isDeflated(list, name) {
      try checkInflation(of: dataset, space: space.id, rank: rank, chunkBytes: bytes, name)
    }
  }

  /// Whether chunks are compressed; filters other than shuffle followed by deflate are refused.
  private func isDeflated(_ list: hid_t, _ name: String) throws(FileError) -> Bool {
    var filters: [H5Z_filter_t] = []
    for position in 0..<max(0, H5Pget_nfilters(list)) {
      var flags: UInt32 = 0
      var values: Int = 0
      filters.append(H5Pget_filter2(list, UInt32(position), &flags, &values, nil, 0, nil, nil))
    }
    switch filters {
    case [], [H5Z_FILTER_SHUFFLE]: return false
    case [H5Z_FILTER_DEFLATE], [H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE]: return true
    default:
      throw error(
        name, "is stored with the filters \(filters); only shuffle and gzip (deflate) are read")
    }
  }

  /// Decompresses every chunk once, in pieces: the library would let a chunk of a few kilobytes
  /// grow without bound.
  private func checkInflation(
    of dataset: hid_t, space: hid_t, rank: Int, chunkBytes: Int, _ name: String
  ) throws(FileError) {
    var chunks: hsize_t = 0
    guard H5Dget_num_chunks(dataset, space, &chunks) >= 0, chunks <= UInt64(size) else {
      throw error(name, "has a damaged list of chunks")
    }
    var total = 0
    for position in 0..<chunks {
      var offset = [hsize_t](repeating: 0, count: rank)
      var mask: UInt32 = 0
      var address: haddr_t = 0
      var stored: hsize_t = 0
      guard
        H5Dget_chunk_info(dataset, space, position, &offset, &mask, &address, &stored) >= 0,
        stored <= UInt64(size)
      else { throw error(name, "has a damaged list of chunks") }
      total += Int(stored)
      guard total <= size else { throw error(name, "has chunks that overlap") }
      // A set bit says that the filter was skipped for this chunk.
      guard mask == 0 else {
        guard Int(stored) <= chunkBytes else { throw error(name, "has a chunk of the wrong size") }
        continue
      }
      var raw = [UInt8](repeating: 0, count: Int(stored))
      guard H5Dread_chunk(dataset, hid_t(H5P_DEFAULT), offset, &mask, &raw) >= 0 else {
        throw error(name, "has a chunk that cannot be read")
      }
      let inflation = Inflation(path: path, place: name, format: .zlib)
      guard try inflation.run(raw, limit: chunkBytes, { _ in }) == chunkBytes else {
        throw error(name, "has a chunk of the wrong size")
      }
    }
  }
}

extension [Int] {
  /// The product, or nil when it is too large or an extent is negative.
  var checkedProduct: Int? {
    var product = 1
    for extent in self {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow || extent < 0 { return nil }
      product = next
    }
    return product
  }
}
