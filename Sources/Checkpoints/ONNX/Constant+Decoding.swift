import Files
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
        problem: "its data is in another file; export with external_data=False")
    }
    guard let type = ElementType(rawValue: tensor.dataType) else {
      throw ONNXError(
        place: place,
        problem: "element type \(tensor.dataType) is not supported; float32, float16, float64, "
          + "int64, int32, int8, uint8 and bool are")
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
      var decoded = Tensor(shape: shape)
      decoded.withUnsafeMutableElements { payload.writeFloats(to: $0) }
      self.init(decoded)
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
    case .int32, .bool, .float16, .uint8, .int8: return tensor.int32Data.count
    }
  }

  /// Writes the elements of a floating-point tensor.
  ///
  /// - Parameter target: as many as ``count`` says.
  func writeFloats(to target: UnsafeMutableBufferPointer<Float>) {
    switch (type, isRaw) {
    case (.float, true): forEachWord(UInt32.self) { target[$0] = Float(bitPattern: $1) }
    case (.float, false):
      for (index, value) in tensor.floatData.enumerated() { target[index] = value }
    case (.double, true):
      forEachWord(UInt64.self) { target[$0] = Float(Double(bitPattern: $1)) }
    case (.double, false):
      for (index, value) in tensor.doubleData.enumerated() { target[index] = Float(value) }
    case (.float16, true):
      forEachWord(UInt16.self) { target[$0] = Float(Float16(bitPattern: $1)) }
    case (.float16, false):
      for (index, bits) in tensor.int32Data.enumerated() {
        target[index] = Float(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
      }
    case (.int32, _), (.int64, _), (.bool, _), (.uint8, _), (.int8, _):
      preconditionFailure("integers are decoded as integers")
    }
  }

  /// The elements of an integer tensor.
  func integers() -> [Int] {
    guard isRaw else {
      return type == .int64 ? tensor.int64Data.map { Int($0) } : tensor.int32Data.map { Int($0) }
    }
    var result: [Int] = []
    switch type {
    case .int64: forEachWord(UInt64.self) { result.append(Int(Int64(bitPattern: $1))) }
    case .int32: forEachWord(UInt32.self) { result.append(Int(Int32(bitPattern: $1))) }
    case .bool, .uint8: forEachWord(UInt8.self) { result.append(Int($1)) }
    case .int8: forEachWord(UInt8.self) { result.append(Int(Int8(bitPattern: $1))) }
    case .float, .float16, .double:
      preconditionFailure("floating-point numbers are decoded as such")
    }
    return result
  }

  /// Calls a closure with the position and value of each little-endian word of the raw data.
  private func forEachWord<Word: FixedWidthInteger>(
    _ word: Word.Type, _ body: (Int, Word) -> Void
  ) {
    tensor.rawData.withUnsafeBytes { bytes in
      let size = MemoryLayout<Word>.size
      for index in 0..<bytes.count / size {
        body(
          index,
          Word(littleEndian: bytes.loadUnaligned(fromByteOffset: index * size, as: Word.self)))
      }
    }
  }
}

extension WireTensor {
  /// The memory its elements take while they are part of the file.
  var payloadSize: Int {
    rawData.count + 4 * (floatData.count + int32Data.count)
      + 8 * (int64Data.count + doubleData.count)
  }
}
