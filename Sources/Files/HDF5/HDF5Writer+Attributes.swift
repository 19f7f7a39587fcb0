import CHDF5

extension HDF5Writer {
  /// Attaches a text.
  ///
  /// - Parameters:
  ///   - name: the attribute.
  ///   - object: an existing group or dataset; the root by default.
  ///   - text: without null characters, below 64 KiB.
  /// - Throws: ``FileError`` when it is too long or the name is taken.
  public func setAttribute(
    _ name: String, of object: String = "/", to text: String
  ) throws(FileError) {
    try HDF5Library.locked { () throws(FileError) in
      // Of variable length, because h5py hands such attributes out as plain strings.
      guard let type = textType(bytes: chdf5_variable_length()) else { throw error(name) }
      let status = text.withCString { characters in
        withUnsafePointer(to: characters) { attach(name, to: object, type.id, count: nil, $0) }
      }
      if status < 0 { throw error("attribute \(name)") }
    }
  }

  /// Attaches whole numbers.
  ///
  /// - Parameters:
  ///   - name: the attribute.
  ///   - object: an existing group or dataset; the root by default.
  ///   - numbers: one or more.
  /// - Throws: ``FileError`` when there are too many or the name is taken.
  public func setAttribute(
    _ name: String, of object: String = "/", to numbers: [Int]
  ) throws(FileError) {
    try HDF5Library.locked { () throws(FileError) in
      let status = attach(
        name, to: object, chdf5_int64(), count: numbers.count, numbers.map(Int64.init))
      if status < 0 { throw error("attribute \(name)") }
    }
  }

  /// Attaches one whole number.
  ///
  /// - Parameters:
  ///   - name: the attribute.
  ///   - object: an existing group or dataset; the root by default.
  ///   - number: the value.
  /// - Throws: ``FileError`` when the name is taken.
  public func setAttribute(
    _ name: String, of object: String = "/", to number: Int
  ) throws(FileError) {
    try HDF5Library.locked { () throws(FileError) in
      let status = attach(name, to: object, chdf5_int64(), count: nil, [Int64(number)])
      if status < 0 { throw error("attribute \(name)") }
    }
  }

  /// Attaches 32-bit floats.
  ///
  /// - Parameters:
  ///   - name: the attribute.
  ///   - object: an existing group or dataset; the root by default.
  ///   - numbers: one or more.
  /// - Throws: ``FileError`` when there are too many or the name is taken.
  public func setAttribute(
    _ name: String, of object: String = "/", to numbers: [Float]
  ) throws(FileError) {
    try HDF5Library.locked { () throws(FileError) in
      let status = attach(name, to: object, chdf5_float32(), count: numbers.count, numbers)
      if status < 0 { throw error("attribute \(name)") }
    }
  }

  private func attach(
    _ name: String, to object: String, _ type: hid_t, count: Int?, _ value: UnsafeRawPointer
  ) -> herr_t {
    var extent = hsize_t(count ?? 1)
    guard
      let target = HDF5Handle(H5Oopen(file, object, hid_t(H5P_DEFAULT)), closedBy: H5Oclose),
      let space = HDF5Handle(
        count == nil ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, nil),
        closedBy: H5Sclose),
      let attribute = HDF5Handle(
        H5Acreate2(target.id, name, type, space.id, hid_t(H5P_DEFAULT), hid_t(H5P_DEFAULT)),
        closedBy: H5Aclose)
    else { return -1 }
    return H5Awrite(attribute.id, type, value)
  }
}
