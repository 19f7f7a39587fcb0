import CHDF5
public import Tensors

/// A dataset of 32-bit floats that grows by rows along its outermost axis.
public struct HDF5Rows: Sendable {
  /// Names separated by slashes, from the root.
  public let name: String
  /// The extents of one row.
  public let row: [Int]
  /// How many rows have been written.
  public fileprivate(set) var count = 0
}

extension HDF5Writer {
  /// Starts a dataset that grows.
  ///
  /// - Parameters:
  ///   - name: names separated by slashes; groups on the way are made.
  ///   - row: the extents of one row, none of them zero.
  /// - Returns: the dataset, without rows yet.
  /// - Throws: ``FileError`` when the name is taken.
  /// - Precondition: a row has at least one element.
  public func startRows(_ name: String, of row: [Int]) throws(FileError) -> HDF5Rows {
    precondition((row.checkedProduct ?? 0) > 0, "a row has elements")
    try HDF5Library.locked { () throws(FileError) in
      let extents = row.map { hsize_t($0) }
      let rowsPerChunk = hsize_t(max(1, (1 << 18) / row.reduce(1, *)))
      let dataset = create(
        name, type: chdf5_float32(), shape: [0] + row, maximum: [chdf5_unlimited()] + extents,
        chunk: [rowsPerChunk] + extents)
      if dataset == nil { throw error(name) }
    }
    return HDF5Rows(name: name, row: row)
  }

  /// Appends rows.
  ///
  /// - Parameters:
  ///   - tensor: `[rows] + rows.row`.
  ///   - rows: the dataset, started with ``startRows(_:of:)`` by this writer.
  /// - Throws: ``FileError`` when the disk is full.
  /// - Precondition: the tensor's rows have the dataset's extents.
  public func append(_ tensor: Tensor, to rows: inout HDF5Rows) throws(FileError) {
    precondition(Array(tensor.shape.dropFirst()) == rows.row, "appended rows have one shape")
    let failure = error(rows.name)
    var start = [hsize_t(rows.count)] + rows.row.map { _ in hsize_t(0) }
    var count = tensor.shape.map { hsize_t($0) }
    guard count[0] > 0 else { return }
    let grown = [hsize_t(rows.count) + count[0]] + count.dropFirst()
    try HDF5Library.locked { () throws(FileError) in
      guard
        let dataset = HDF5Handle(
          H5Dopen2(file, rows.name, hid_t(H5P_DEFAULT)), closedBy: H5Dclose),
        H5Dset_extent(dataset.id, grown) >= 0,
        let space = HDF5Handle(H5Dget_space(dataset.id), closedBy: H5Sclose),
        let memory = HDF5Handle(
          H5Screate_simple(Int32(count.count), &count, nil), closedBy: H5Sclose),
        H5Sselect_hyperslab(space.id, H5S_SELECT_SET, &start, nil, &count, nil) >= 0
      else { throw failure }
      let status = tensor.withUnsafeElements {
        H5Dwrite(
          dataset.id, chdf5_float32(), memory.id, space.id, hid_t(H5P_DEFAULT), $0.baseAddress)
      }
      if status < 0 { throw failure }
    }
    rows.count += tensor.shape[0]
  }
}
