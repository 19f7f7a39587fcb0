import CHDF5
import Glibc
public import Tensors

/// An HDF5 file being written, which appears under its name only once it is finished.
///
/// Dropped without ``finish()``, it leaves nothing behind. The same calls give the same bytes.
public struct HDF5Writer: ~Copyable, Sendable {
  /// The file that will appear.
  public let path: String
  private let temporary: String
  private let id: hid_t
  private var isFinished = false

  /// Starts a file beside its final place.
  ///
  /// - Parameter path: where it will appear, replacing what is there.
  /// - Throws: ``FileError`` when the folder is missing or not writable.
  ///
  /// Calls `H5Fcreate`.
  public init(creating path: String) throws(FileError) {
    let temporary = AtomicFile.temporaryName(beside: path)
    // The library does not say why it cannot create a file; the system does.
    do throws(FileError) { _ = try OpenFile(creating: temporary) } catch {
      throw FileError(path, kind: .unwritable, problem: error.problem)
    }
    unlink(temporary)
    id = try HDF5Library.locked { () throws(FileError) -> hid_t in
      guard let access = HDF5Handle(H5Pcreate(chdf5_file_access()), closedBy: H5Pclose) else {
        throw FileError(
          path, kind: .unwritable, problem: "the HDF5 library cannot start; install it anew")
      }
      _ = chdf5_without_file_locks(access.id)
      H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG)
      let file = H5Fcreate(temporary, chdf5_exclusive(), hid_t(H5P_DEFAULT), access.id)
      guard file >= 0 else {
        // On a full disk the name is there, and nothing in it.
        unlink(temporary)
        throw FileError(
          path, kind: .unwritable,
          problem: "cannot be created; is the disk full?")
      }
      return file
    }
    self.path = path
    self.temporary = temporary
  }

  deinit {
    if isFinished { return }
    let id = id
    HDF5Library.locked { _ = H5Fclose(id) }
    unlink(temporary)
  }

  /// Closes the file, flushes it to disk and gives it its name.
  ///
  /// - Throws: ``FileError`` when the disk is full or the folder is gone.
  ///
  /// Calls `H5Fclose`.
  public consuming func finish() throws(FileError) {
    isFinished = true
    let id = id
    let closed = HDF5Library.locked { H5Fclose(id) }
    do throws(FileError) {
      guard closed >= 0 else {
        throw FileError(path, kind: .unwritable, problem: "cannot be completed; is the disk full?")
      }
      try OpenFile(reading: temporary).synchronize()
    } catch {
      unlink(temporary)
      throw error
    }
    try AtomicFile.replace(path, with: temporary)
  }

  /// Writes a tensor as 32-bit floats.
  ///
  /// - Parameters:
  ///   - tensor: the numbers and their shape.
  ///   - name: names separated by slashes; groups on the way are made.
  /// - Throws: ``FileError`` when the name is taken or the disk is full.
  public func write(_ tensor: Tensor, to name: String) throws(FileError) {
    try HDF5Library.locked { () throws(FileError) in
      let failure = error(name)
      var status: herr_t = -1
      guard let dataset = create(name, type: chdf5_float32(), shape: tensor.shape) else {
        throw failure
      }
      tensor.withUnsafeElements { status = store($0.baseAddress, in: dataset.id, chdf5_float32()) }
      guard status >= 0 else { throw failure }
    }
  }

  /// Writes a tensor as 16-bit floats, rounded.
  ///
  /// - Parameters:
  ///   - tensor: the numbers and their shape; those beyond ±65504 become infinite.
  ///   - name: names separated by slashes; groups on the way are made.
  /// - Throws: ``FileError`` when the name is taken or the disk is full.
  public func writeHalf(_ tensor: Tensor, to name: String) throws(FileError) {
    let bits = tensor.withUnsafeElements { $0.map { Float16($0).bitPattern } }
    try HDF5Library.locked { () throws(FileError) in
      guard let type = HDF5Handle(chdf5_new_float16(), closedBy: H5Tclose),
        let dataset = create(name, type: type.id, shape: tensor.shape),
        store(bits, in: dataset.id, type.id) >= 0
      else { throw error(name) }
    }
  }

  /// Writes bytes as 8-bit unsigned numbers.
  ///
  /// - Parameters:
  ///   - bytes: the numbers in row-major order.
  ///   - shape: extents whose product is the number of bytes.
  ///   - name: names separated by slashes; groups on the way are made.
  /// - Throws: ``FileError`` when the name is taken or the disk is full.
  /// - Precondition: the count fits the shape.
  public func write(_ bytes: [UInt8], shape: [Int], to name: String) throws(FileError) {
    precondition(shape.checkedProduct == bytes.count, "an array is as long as its shape says")
    try write(bytes, type: chdf5_uint8, shape: shape, to: name)
  }

  /// Writes 64-bit signed numbers.
  ///
  /// - Parameters:
  ///   - numbers: in row-major order.
  ///   - shape: extents whose product is their count.
  ///   - name: names separated by slashes; groups on the way are made.
  /// - Throws: ``FileError`` when the name is taken or the disk is full.
  /// - Precondition: the count fits the shape.
  public func write(_ numbers: [Int64], shape: [Int], to name: String) throws(FileError) {
    precondition(shape.checkedProduct == numbers.count, "an array is as long as its shape says")
    try write(numbers, type: chdf5_int64, shape: shape, to: name)
  }

  /// Writes one text as a scalar dataset.
  ///
  /// - Parameters:
  ///   - text: without null characters.
  ///   - name: names separated by slashes; groups on the way are made.
  /// - Throws: ``FileError`` when the name is taken or the disk is full.
  public func write(_ text: String, to name: String) throws(FileError) {
    try HDF5Library.locked { () throws(FileError) in
      let bytes = Array(text.utf8)
      guard let type = textType(bytes: max(bytes.count, 1)),
        let dataset = create(name, type: type.id, shape: []),
        store(bytes.isEmpty ? [0] : bytes, in: dataset.id, type.id) >= 0
      else { throw error(name) }
    }
  }

  /// Writes texts as a dataset of strings of equal length.
  ///
  /// - Parameters:
  ///   - texts: without null characters.
  ///   - name: names separated by slashes; groups on the way are made.
  /// - Throws: ``FileError`` when the name is taken or the disk is full.
  public func write(_ texts: [String], to name: String) throws(FileError) {
    try HDF5Library.locked { () throws(FileError) in
      let length = max(texts.map(\.utf8.count).max() ?? 0, 1)
      let bytes = texts.flatMap { text in
        Array(text.utf8) + [UInt8](repeating: 0, count: length - text.utf8.count)
      }
      guard let type = textType(bytes: length),
        let dataset = create(name, type: type.id, shape: [texts.count]),
        texts.isEmpty || store(bytes, in: dataset.id, type.id) >= 0
      else { throw error(name) }
    }
  }

  private func write<Number: BitwiseCopyable>(
    _ numbers: [Number], type: () -> hid_t, shape: [Int], to name: String
  ) throws(FileError) {
    try HDF5Library.locked { () throws(FileError) in
      guard let dataset = create(name, type: type(), shape: shape),
        store(numbers, in: dataset.id, type()) >= 0
      else { throw error(name) }
    }
  }
}

// MARK: Inside the lock

extension HDF5Writer {
  var file: hid_t { id }

  func error(_ place: String) -> FileError {
    FileError(
      path, place, kind: .unwritable,
      problem: "cannot be written; is its name taken, or the disk full?")
  }

  func create(
    _ name: String, type: hid_t, shape: [Int], maximum: [hsize_t]? = nil, chunk: [hsize_t]? = nil
  ) -> HDF5Handle? {
    let extents = shape.map { hsize_t($0) }
    guard
      let space = HDF5Handle(
        shape.isEmpty
          ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(extents.count), extents, maximum),
        closedBy: H5Sclose),
      let links = HDF5Handle(H5Pcreate(chdf5_link_create()), closedBy: H5Pclose),
      let options = HDF5Handle(H5Pcreate(chdf5_dataset_create()), closedBy: H5Pclose)
    else { return nil }
    H5Pset_create_intermediate_group(links.id, 1)
    // Without times, the same calls give the same bytes.
    H5Pset_obj_track_times(options.id, false)
    if let chunk { H5Pset_chunk(options.id, Int32(chunk.count), chunk) }
    return HDF5Handle(
      H5Dcreate2(id, name, type, space.id, links.id, options.id, hid_t(H5P_DEFAULT)),
      closedBy: H5Dclose)
  }

  func textType(bytes: Int) -> HDF5Handle? {
    guard let type = HDF5Handle(H5Tcopy(chdf5_c_string()), closedBy: H5Tclose),
      H5Tset_size(type.id, bytes) >= 0, H5Tset_cset(type.id, H5T_CSET_UTF8) >= 0,
      H5Tset_strpad(type.id, H5T_STR_NULLPAD) >= 0
    else { return nil }
    return type
  }

  func store(_ numbers: UnsafeRawPointer?, in dataset: hid_t, _ type: hid_t) -> herr_t {
    H5Dwrite(dataset, type, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), numbers)
  }
}
