import CHDF5
public import Tensors

/// What is known of a dataset before it is read.
public struct HDF5Description: Hashable, Sendable {
  /// The extents, outermost first; a scalar has none.
  public var shape: [Int]
  /// The type of its elements.
  public var elements: HDF5Elements
}

extension HDF5File {
  /// Shape and element type of a dataset.
  ///
  /// - Parameter dataset: names separated by slashes, from the root.
  /// - Returns: both, checked against the size of the file.
  /// - Throws: ``FileError`` when it is missing, or claims more than the file can hold.
  public func description(of dataset: String) throws(FileError) -> HDF5Description {
    try HDF5Library.locked { () throws(FileError) -> HDF5Description in
      let opened = try open(dataset)
      return HDF5Description(shape: opened.shape, elements: opened.layout.elements)
    }
  }

  /// The numbers of a dataset, converted to `Float`.
  ///
  /// - Parameter dataset: names separated by slashes, from the root.
  /// - Returns: a tensor of the dataset's shape.
  /// - Throws: ``FileError`` when it is missing, holds no numbers, or is damaged.
  public func tensor(_ dataset: String) throws(FileError) -> Tensor {
    try tensor(dataset, rows: nil)
  }

  /// Some rows of a dataset, converted to `Float`.
  ///
  /// - Parameters:
  ///   - dataset: names separated by slashes, from the root.
  ///   - rows: positions along the outermost axis.
  /// - Returns: a tensor whose outermost extent is the number of rows.
  /// - Throws: ``FileError`` when rows or numbers are missing, or the dataset is damaged.
  public func tensor(_ dataset: String, rows: Range<Int>) throws(FileError) -> Tensor {
    try tensor(dataset, rows: .some(rows))
  }

  /// The bytes of a dataset of 8-bit whole numbers.
  ///
  /// - Parameter dataset: names separated by slashes, from the root.
  /// - Returns: the elements in row-major order.
  /// - Throws: ``FileError`` when it is missing, of another type, or damaged.
  public func bytes(_ dataset: String) throws(FileError) -> [UInt8] {
    try HDF5Library.locked { () throws(FileError) -> [UInt8] in
      let opened = try open(dataset)
      guard opened.layout.elements == .integer(bytes: 1, isSigned: false) else {
        throw error(dataset, "has elements of another type; 8-bit unsigned numbers are needed")
      }
      var bytes = [UInt8](repeating: 0, count: opened.count)
      try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
        try read(opened, rows: nil, into: UnsafeMutableRawBufferPointer(buffer))
      }
      return bytes
    }
  }

  /// The whole numbers of a dataset of any integer type.
  ///
  /// - Parameter dataset: names separated by slashes, from the root.
  /// - Returns: the elements in row-major order.
  /// - Throws: ``FileError`` when it is missing, of another type, or damaged, or a number exceeds
  ///   `Int64`.
  public func integers(_ dataset: String) throws(FileError) -> [Int64] {
    try HDF5Library.locked { () throws(FileError) -> [Int64] in
      let opened = try open(dataset)
      guard case .integer = opened.layout.elements else {
        throw error(dataset, "has elements of another type; whole numbers are needed")
      }
      var numbers: [Int64] = []
      numbers.reserveCapacity(opened.count)
      var overflows = false
      try inSlabs(opened, rows: opened.allRows) { raw, _ in
        opened.layout.decodeIntegers(raw) { _, number, isUnsigned in
          overflows = overflows || (isUnsigned && number < 0)
          numbers.append(number)
        }
      }
      if overflows { throw error(dataset, "holds a number above 2⁶³") }
      return numbers
    }
  }

  private func tensor(_ dataset: String, rows: Range<Int>?) throws(FileError) -> Tensor {
    try HDF5Library.locked { () throws(FileError) -> Tensor in
      let opened = try open(dataset)
      switch opened.layout.elements {
      case .float, .integer: break
      case .text, .variableText, .other:
        throw error(
          dataset, "has elements of an unusual type; standard floats or whole numbers are needed")
      }
      var shape = opened.shape
      if let rows {
        guard let all = shape.first, rows.lowerBound >= 0, rows.upperBound <= all else {
          throw error(dataset, "has shape \(shape); the rows \(rows) are needed")
        }
        shape[0] = rows.count
      }
      var tensor = Tensor(shape: shape)
      var problem: FileError?
      tensor.withUnsafeMutableElements { elements in
        do throws(FileError) {
          try inSlabs(opened, rows: rows ?? opened.allRows) { raw, start in
            opened.layout.decodeFloats(raw) { elements[start + $0] = $1 }
          }
        } catch { problem = error }
      }
      if let problem { throw problem }
      return tensor
    }
  }

  /// Reads rows in blocks of about a megabyte, so that raw and converted numbers do not both take
  /// the size of the dataset.
  private func inSlabs(
    _ dataset: borrowing OpenDataset, rows: Range<Int>,
    _ receive: (_ raw: UnsafeRawBufferPointer, _ start: Int) -> Void
  ) throws(FileError) {
    let rowCount = dataset.shape.first ?? 1
    guard dataset.count > 0, !rows.isEmpty else { return }
    let elementsPerRow = dataset.count / rowCount
    let rowBytes = elementsPerRow * dataset.layout.bytes
    let step = max(1, min(rows.count, (1 << 20) / rowBytes))
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: step * rowBytes, alignment: 64)
    defer { block.deallocate() }
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
      let part = first..<min(first + step, rows.upperBound)
      let raw = UnsafeMutableRawBufferPointer(rebasing: block[..<(part.count * rowBytes)])
      try read(dataset, rows: dataset.shape.isEmpty ? nil : part, into: raw)
      receive(UnsafeRawBufferPointer(raw), (first - rows.lowerBound) * elementsPerRow)
    }
  }

  /// Reads elements as they lie in the file.
  func read(
    _ dataset: borrowing OpenDataset, rows: Range<Int>?,
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(FileError) {
    if buffer.isEmpty { return }
    var memory = hid_t(H5S_ALL)
    var file = hid_t(H5S_ALL)
    var spaces: [hid_t] = []
    defer { for space in spaces { H5Sclose(space) } }
    if let rows {
      var start = dataset.shape.map { _ in hsize_t(0) }
      var count = dataset.shape.map { hsize_t($0) }
      start[0] = hsize_t(rows.lowerBound)
      count[0] = hsize_t(rows.count)
      file = H5Dget_space(dataset.handle.id)
      memory = H5Screate_simple(Int32(count.count), count, nil)
      spaces = [file, memory].filter { $0 >= 0 }
      guard spaces.count == 2,
        H5Sselect_hyperslab(file, H5S_SELECT_SET, start, nil, count, nil) >= 0
      else { throw error(dataset.name, "is damaged") }
    }
    guard
      H5Dread(
        dataset.handle.id, dataset.type.id, memory, file, hid_t(H5P_DEFAULT), buffer.baseAddress)
        >= 0
    else { throw error(dataset.name, "cannot be read; the file is damaged or cut off") }
  }
}

/// A dataset whose claims have been checked against the file.
struct OpenDataset: ~Copyable {
  let name: String
  let handle: HDF5Handle
  let type: HDF5Handle
  let layout: NumberLayout
  let shape: [Int]
  /// The product of the shape.
  let count: Int

  var allRows: Range<Int> { 0..<(shape.first ?? 1) }
}
