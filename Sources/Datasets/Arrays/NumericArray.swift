import Files
import Tensors

/// The numbers of one array, the last index running fastest, whatever file they came from.
struct NumericArray: Sendable {
  /// The elements by their kind.
  enum Numbers: Sendable {
    /// Unsigned bytes.
    case bytes([UInt8])
    /// Truth values, one a byte.
    case truths([UInt8])
    /// Whole numbers of another width.
    case integers([Int64])
    case floats([Float])
  }

  /// The file.
  var path: String
  /// What the array is called in it.
  var name: String
  var shape: [Int]
  var numbers: Numbers

  /// An error about the array.
  func malformed(_ problem: String) -> FileError { FileError(path, name, problem: problem) }

  /// The elements as whole numbers; nil where one is none.
  var wholeNumbers: [Int]? {
    switch numbers {
    case .bytes(let bytes), .truths(let bytes): return bytes.map { Int($0) }
    case .integers(let integers): return integers.map { Int($0) }
    case .floats(let floats):
      var result: [Int] = []
      result.reserveCapacity(floats.count)
      for float in floats {
        guard let number = Int(exactly: float) else { return nil }
        result.append(number)
      }
      return result
    }
  }

  /// The array with its axes in another order.
  ///
  /// - Parameter axes: for each axis of the result the one of this array.
  /// - Returns: the same elements.
  func transposed(_ axes: [Int]) -> NumericArray {
    var result = self
    result.shape = axes.map { shape[$0] }
    result.numbers =
      switch numbers {
      case .bytes(let bytes): .bytes(Self.transposed(bytes, shape, axes))
      case .truths(let truths): .truths(Self.transposed(truths, shape, axes))
      case .integers(let integers): .integers(Self.transposed(integers, shape, axes))
      case .floats(let floats): .floats(Self.transposed(floats, shape, axes))
      }
    return result
  }

  private static func transposed<Element: BitwiseCopyable>(
    _ elements: [Element], _ shape: [Int], _ axes: [Int]
  ) -> [Element] {
    if elements.isEmpty || axes.isEmpty { return elements }
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let steps = axes.map { strides[$0] }
    let extents = axes.map { shape[$0] }
    let last = extents.count - 1
    return elements.withUnsafeBufferPointer { source in
      [Element](unsafeUninitializedCapacity: source.count) { target, initialized in
        var index = [Int](repeating: 0, count: extents.count)
        var start = 0
        for line in stride(from: 0, to: source.count, by: extents[last]) {
          for position in 0..<extents[last] {
            target[line + position] = source[start + position * steps[last]]
          }
          var axis = last - 1
          while axis >= 0 {
            index[axis] += 1
            start += steps[axis]
            if index[axis] < extents[axis] { break }
            start -= index[axis] * steps[axis]
            index[axis] = 0
            axis -= 1
          }
        }
        initialized = source.count
      }
    }
  }
}

extension NumericArray {
  /// Numbers as NumPy describes them.
  ///
  /// - Parameters:
  ///   - descriptor: the byte order, the letter of the type and the bytes of an element.
  ///   - bytes: exactly the elements.
  ///   - shape: their extents.
  ///   - isFortran: whether the first index runs fastest.
  ///   - path: of the file.
  ///   - name: of the array.
  /// - Throws: ``FileError`` when the type is none of numbers, or the bytes are not as many.
  init(
    descriptor: String, bytes: ArraySlice<UInt8>, shape: [Int], isFortran: Bool, path: String,
    name: String
  ) throws(FileError) {
    let order = descriptor.first ?? "|"
    let kind = String(descriptor.dropFirst())
    let size = kind.dropFirst().reduce(0) { min(10 * $0 + ($1.wholeNumberValue ?? 0), 1 << 20) }
    guard "<>|=".contains(order),
      ["b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"].contains(kind)
        || ["f2", "f4", "f8"].contains(kind)
    else {
      throw FileError(
        path, name,
        problem: "its elements are of NumPy's type \(descriptor), expected whole or floating-point "
          + "numbers; convert them with astype")
    }
    guard shape.allSatisfy({ $0 >= 0 }), let count = shape.checkedProduct,
      case let (total, overflow) = count.multipliedReportingOverflow(by: size), !overflow,
      total == bytes.count
    else {
      throw FileError(
        path, name,
        problem:
          "it has \(counted(bytes.count, "byte")) for the shape \(shape) of \(kind); save it "
          + "again")
    }
    let words = Words(bytes: bytes, isBigEndian: order == ">")
    let numbers: Numbers =
      switch kind {
      case "u1": .bytes(Array(bytes))
      case "b1": .truths(bytes.map { $0 == 0 ? 0 : 1 })
      case "i1": .integers(bytes.map { Int64(Int8(bitPattern: $0)) })
      case "u2": .integers(words.map { (word: UInt16) in Int64(word) })
      case "i2": .integers(words.map { (word: UInt16) in Int64(Int16(bitPattern: word)) })
      case "u4": .integers(words.map { (word: UInt32) in Int64(word) })
      case "i4": .integers(words.map { (word: UInt32) in Int64(Int32(bitPattern: word)) })
      case "u8": .integers(words.map { (word: UInt64) in Int64(clamping: word) })
      case "i8": .integers(words.map { (word: UInt64) in Int64(bitPattern: word) })
      case "f2": .floats(words.map { (word: UInt16) in Float(Float16(bitPattern: word)) })
      case "f4": .floats(words.map { (word: UInt32) in Float(bitPattern: word) })
      default: .floats(words.map { (word: UInt64) in Float(Double(bitPattern: word)) })
      }
    self.path = path
    self.name = name
    self.numbers = numbers
    self.shape = isFortran ? shape.reversed() : shape
    if isFortran { self = transposed(Array(shape.indices.reversed())) }
  }
}

/// Bytes as words of either order.
struct Words {
  var bytes: ArraySlice<UInt8>
  var isBigEndian: Bool

  /// Every word in turn.
  func map<Word: FixedWidthInteger & BitwiseCopyable, Result>(
    _ transform: (Word) -> Result
  ) -> [Result] {
    bytes.withUnsafeBytes { raw in
      let size = MemoryLayout<Word>.size
      return (0..<raw.count / size).map { position in
        let word = raw.loadUnaligned(fromByteOffset: position * size, as: Word.self)
        return transform(isBigEndian ? word.bigEndian : word.littleEndian)
      }
    }
  }
}
