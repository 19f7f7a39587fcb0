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
    let opened = try open(dataset)
    return HDF5Description(shape: opened.shape, elements: opened.layout.elements)
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
    let opened = try open(dataset)
    guard opened.layout.elements == .integer(bytes: 1, isSigned: false) else {
      throw error(dataset, "has elements of another type; 8-bit unsigned numbers are needed")
    }
    return try raw(opened)
  }

  /// The whole numbers of a dataset of any integer type.
  ///
  /// - Parameter dataset: names separated by slashes, from the root.
  /// - Returns: the elements in row-major order.
  /// - Throws: ``FileError`` when it is missing, of another type, or damaged, or a number exceeds
  ///   `Int64`.
  public func integers(_ dataset: String) throws(FileError) -> [Int64] {
    let opened = try open(dataset)
    guard case .integer = opened.layout.elements else {
      throw error(
        dataset, "has elements of another type; whole numbers are needed: store it as int64")
    }
    try source.spend(opened.unpackedBytes, dataset)
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

  func open(_ dataset: String) throws(FileError) -> HDF5Dataset {
    try memory.dataset(try object(dataset), of: self)
  }

  /// All elements as they lie in the file.
  func raw(_ dataset: HDF5Dataset) throws(FileError) -> [UInt8] {
    try source.spend(dataset.unpackedBytes, dataset.name)
    var bytes = [UInt8](repeating: 0, count: dataset.count * dataset.layout.bytes)
    if bytes.isEmpty { return [] }
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
      try dataset.read(
        rows: dataset.allRows, into: UnsafeMutableRawBufferPointer(buffer), source)
    }
    return bytes
  }

  private func tensor(_ dataset: String, rows: Range<Int>?) throws(FileError) -> Tensor {
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
    } else {
      try source.spend(opened.unpackedBytes, dataset)
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

  /// Reads rows in parts of about a megabyte, so that raw and converted numbers do not both take
  /// the size of the dataset.
  private func inSlabs(
    _ dataset: HDF5Dataset, rows: Range<Int>,
    _ receive: (_ raw: UnsafeRawBufferPointer, _ start: Int) -> Void
  ) throws(FileError) {
    guard dataset.count > 0, !rows.isEmpty else { return }
    let rowBytes = dataset.elementsPerRow * dataset.layout.bytes
    var step = max(1, (1 << 20) / rowBytes)
    // A block is decompressed as a whole; parts that end where blocks end read each once.
    if case .chunked(let chunks) = dataset.storage {
      step = (step - 1) / chunks.rowsPerBlock * chunks.rowsPerBlock + chunks.rowsPerBlock
    }
    step = min(step, rows.count)
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: step * rowBytes, alignment: 64)
    defer { block.deallocate() }
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
      let part = first..<min(first + step, rows.upperBound)
      let raw = UnsafeMutableRawBufferPointer(rebasing: block[..<(part.count * rowBytes)])
      try dataset.read(rows: part, into: raw, source)
      receive(UnsafeRawBufferPointer(raw), (first - rows.lowerBound) * dataset.elementsPerRow)
    }
  }
}
