import Files
import Graphs
import Tensors

/// Makes tensors from views of a file's bytes, within a bound on memory.
struct StorageReader {
  private let bytes: [UInt8]
  let path: String
  /// The positions of each storage's bytes, by its key.
  private let storages: [String: Range<Int>]
  /// How many bytes of tensors may still be made.
  private var allowance: Int

  /// Creates a reader.
  ///
  /// - Parameters:
  ///   - file: the whole file.
  ///   - storages: the positions of each storage's bytes, by its key.
  init(_ file: ByteReader, storages: [String: Range<Int>]) {
    bytes = file.bytes
    path = file.path
    self.storages = storages
    allowance = Checkpoint.largestParameters(fileSize: file.bytes.count)
  }

  /// The numbers of a view as float32.
  ///
  /// - Parameters:
  ///   - view: what a pickle claims.
  ///   - name: for messages.
  /// - Returns: a tensor of the view's shape.
  /// - Throws: ``FileError`` when it reaches outside of its storage, or asks for too much memory.
  mutating func tensor(_ view: TensorView, _ name: String) throws(FileError) -> Tensor {
    func malformed(_ problem: String) -> FileError { FileError(path, name, problem: problem) }
    guard let storage = storages[view.storage.key] else {
      throw malformed("its numbers (storage \(view.storage.key)) are missing")
    }
    let size = view.storage.element.bytes
    var available = 0..<storage.count / size
    if let part = view.storage.part {
      guard part.offset >= 0, part.count >= 0, part.offset <= available.count,
        part.count <= available.count - part.offset
      else { throw malformed("it refers to a part outside of its storage") }
      available = part.offset..<part.offset + part.count
    }
    guard let count = view.shape.checkedProduct, view.strides.count == view.shape.count
    else { throw malformed("its shape \(view.shape) or strides \(view.strides) make no sense") }
    guard view.holds(within: available.count) else {
      throw malformed(
        "its shape \(view.shape.crossed) with strides \(view.strides) reaches outside of its "
          + counted(available.count, "number"))
    }
    guard count <= allowance / 4 else {
      throw malformed("with it, the tensors take more memory than a file of this size may ask for")
    }
    allowance -= count * 4
    var tensor = Tensor(shape: view.shape)
    if count == 0 { return tensor }
    let start = storage.lowerBound + (available.lowerBound + view.offset) * size
    bytes.withUnsafeBytes { bytes in
      let numbers = UnsafeRawBufferPointer(rebasing: bytes[start..<storage.upperBound])
      tensor.withUnsafeMutableElements { view.gather(from: numbers, into: $0) }
    }
    return tensor
  }
}

extension TensorView {
  /// Whether every element lies among a number of elements.
  func holds(within count: Int) -> Bool {
    guard offset >= 0, strides.allSatisfy({ $0 >= 0 }) else { return false }
    if shape.contains(0) { return offset <= count }
    var last = offset
    for (extent, stride) in zip(shape, strides) {
      let (reach, isHuge) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, overflow) = last.addingReportingOverflow(reach)
      if isHuge || overflow { return false }
      last = sum
    }
    return last < count
  }

  /// Copies the elements in row-major order; all are known to lie inside.
  func gather(from bytes: UnsafeRawBufferPointer, into result: UnsafeMutableBufferPointer<Float>) {
    var index = [Int](repeating: 0, count: shape.count)
    var source = 0
    for position in result.indices {
      result[position] = storage.element.float(from: bytes, at: source)
      for axis in shape.indices.reversed() {
        index[axis] += 1
        source += strides[axis]
        if index[axis] < shape[axis] { break }
        source -= index[axis] * strides[axis]
        index[axis] = 0
      }
    }
  }
}

extension StorageElement {
  /// One number as a float.
  @inline(__always)
  func float(from bytes: UnsafeRawBufferPointer, at position: Int) -> Float {
    func word<Word: FixedWidthInteger & BitwiseCopyable>() -> Word {
      Word(
        littleEndian: bytes.loadUnaligned(
          fromByteOffset: position * MemoryLayout<Word>.size, as: Word.self))
    }
    return switch self {
    case .float32: Float(bitPattern: word())
    case .float64: Float(Double(bitPattern: word()))
    case .float16: Float(Float16(bitPattern: word()))
    case .bfloat16: Float(bitPattern: UInt32(word() as UInt16) << 16)
    case .int64: Float(word() as Int64)
    case .int32: Float(word() as Int32)
    case .int16: Float(word() as Int16)
    case .int8: Float(word() as Int8)
    case .uint8, .bool: Float(word() as UInt8)
    }
  }
}
