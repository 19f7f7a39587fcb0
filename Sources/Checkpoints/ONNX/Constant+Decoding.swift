import FoundationEssentials
import Graphs
import Tensors

extension Constant {
  /// Axes of the longest shape that is read.
  static let mostAxes = 8

  /// Decodes a tensor of the file.
  ///
  /// - Parameters:
  ///   - tensor: as it stands in the file.
  ///   - place: for messages.
  ///   - budget: what may still be allocated.
  /// - Throws: ``ONNXError`` when its type is not read, or its data does not fit its extents.
  init(decoding tensor: WireTensor, at place: String, budget: inout MemoryBudget)
    throws(ONNXError)
  {
    guard tensor.dataLocation == 0 else {
      throw ONNXError(
        place: place,
        problem: "its data is in another file; save the model with all data in one file")
    }
    guard let type = ElementType(rawValue: tensor.dataType) else {
      throw ONNXError(
        place: place,
        problem: "element type \(tensor.dataType) is not supported; float32, float16, float64, "
          + "int64, int32 and bool are")
    }
    let shape = tensor.dims.map { Int($0) }
    guard shape.count <= Self.mostAxes, let count = shape.checkedProduct else {
      throw ONNXError(place: place, problem: "its extents \(shape.crossed) make no tensor")
    }
    let payload = Payload(tensor: tensor, type: type)
    guard payload.count == count else {
      throw ONNXError(
        place: place,
        problem: "its extents \(shape.crossed) need \(count) values; the file holds "
          + "\(payload.count.map(String.init) ?? "a broken number of") values")
    }
    try budget.charge(count, of: type.isFloatingPoint ? 4 : 8, at: place)
    if type.isFloatingPoint {
      self.init(Tensor(shape: shape, elements: payload.floats()))
    } else {
      self.init(shape: shape, integers: payload.integers())
    }
    if !tensor.name.isEmpty { name = tensor.name }
  }
}

/// The one field of a tensor that holds its elements.
private struct Payload {
  var tensor: WireTensor
  var type: ElementType

  private var isRaw: Bool { !tensor.rawData.isEmpty }

  /// The number of elements, or nil when raw data ends inside one.
  var count: Int? {
    if isRaw {
      return tensor.rawData.count % type.size == 0 ? tensor.rawData.count / type.size : nil
    }
    switch type {
    case .float: return tensor.floatData.count
    case .double: return tensor.doubleData.count
    case .int64: return tensor.int64Data.count
    case .int32, .bool, .float16: return tensor.int32Data.count
    }
  }

  func floats() -> [Float] {
    switch type {
    case .float: isRaw ? raw(UInt32.self) { Float(bitPattern: $0) } : tensor.floatData
    case .double:
      isRaw
        ? raw(UInt64.self) { Float(Double(bitPattern: $0)) } : tensor.doubleData.map { Float($0) }
    case .float16:
      isRaw
        ? raw(UInt16.self) { Float(Float16(bitPattern: $0)) }
        : tensor.int32Data.map { Float(Float16(bitPattern: UInt16(truncatingIfNeeded: $0))) }
    case .int32, .int64, .bool: integers().map { Float($0) }
    }
  }

  func integers() -> [Int] {
    switch type {
    case .int64:
      isRaw ? raw(UInt64.self) { Int(Int64(bitPattern: $0)) } : tensor.int64Data.map { Int($0) }
    case .int32:
      isRaw ? raw(UInt32.self) { Int(Int32(bitPattern: $0)) } : tensor.int32Data.map { Int($0) }
    case .bool: isRaw ? raw(UInt8.self) { Int($0) } : tensor.int32Data.map { Int($0) }
    case .float, .float16, .double: []
    }
  }

  /// The little-endian words of the raw data.
  private func raw<Word: FixedWidthInteger, Value>(_ word: Word.Type, _ value: (Word) -> Value)
    -> [Value]
  {
    tensor.rawData.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: MemoryLayout<Word>.size).map {
        value(Word(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: Word.self)))
      }
    }
  }
}
