/// Counts what a protobuf file would unfold to, before anything is decoded.
///
/// An empty message takes two bytes in a file and a hundred or more in memory; a number in a packed
/// list takes one byte in a file and eight in memory. So both are counted first, and a file that
/// holds more than any network needs is refused.
struct WireCensus {
  private static let mostFields = 1 << 17
  private static let mostListedNumbers = 1 << 21

  /// The messages that are decoded; everything else is skipped.
  private enum Message {
    case model, graph, node, attribute, tensor, valueInfo, type, tensorType, shape, leaf
  }

  private enum Content {
    case message(Message)
    case numbers
    case bytes
  }

  private let bytes: [UInt8]
  private var fields = 0
  private var listedNumbers = 0

  /// Checks a file.
  ///
  /// - Parameter bytes: the serialized model.
  /// - Throws: ``ONNXError`` when it is cut short, malformed or unreasonably fragmented.
  static func check(_ bytes: [UInt8]) throws(ONNXError) {
    var census = WireCensus(bytes: bytes)
    try census.count(.model, in: 0..<bytes.count)
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private static func content(of field: UInt64, in message: Message) -> Content {
    switch (message, field) {
    case (.model, 7): .message(.graph)
    case (.model, 8), (.shape, 1): .message(.leaf)
    case (.graph, 1): .message(.node)
    case (.graph, 5), (.attribute, 5): .message(.tensor)
    case (.graph, 11), (.graph, 12): .message(.valueInfo)
    case (.node, 5): .message(.attribute)
    case (.valueInfo, 2): .message(.type)
    case (.type, 1): .message(.tensorType)
    case (.tensorType, 2): .message(.shape)
    case (.tensor, 1), (.tensor, 5), (.tensor, 7), (.attribute, 8): .numbers
    default: .bytes
    }
  }

  private mutating func count(_ message: Message, in range: Range<Int>) throws(ONNXError) {
    var position = range.lowerBound
    while position < range.upperBound {
      let key = try varint(&position, before: range.upperBound)
      try countField()
      switch key & 7 {
      case 0: _ = try varint(&position, before: range.upperBound)
      case 1: position = try advanced(position, by: 8, before: range.upperBound)
      case 5: position = try advanced(position, by: 4, before: range.upperBound)
      case 2:
        let length = try varint(&position, before: range.upperBound)
        let end = try advanced(position, by: length, before: range.upperBound)
        switch Self.content(of: key >> 3, in: message) {
        case .message(let inner): try count(inner, in: position..<end)
        case .numbers: try countNumbers(in: position..<end)
        case .bytes: break
        }
        position = end
      default:
        throw ONNXError(place: "byte \(position)", problem: "no ONNX file has this wire type")
      }
    }
  }

  private mutating func countField() throws(ONNXError) {
    fields += 1
    guard fields <= Self.mostFields else {
      throw ONNXError(
        place: "file", problem: "it has more than \(Self.mostFields) fields; no classifier does")
    }
  }

  private mutating func countNumbers(in range: Range<Int>) throws(ONNXError) {
    for position in range where bytes[position] < 0x80 { listedNumbers += 1 }
    guard listedNumbers <= Self.mostListedNumbers else {
      throw ONNXError(
        place: "file",
        problem: "it lists more than \(Self.mostListedNumbers) integers; store tensors as raw data")
    }
  }

  private func varint(_ position: inout Int, before end: Int) throws(ONNXError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { throw cutShort(position) }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw ONNXError(place: "byte \(position)", problem: "an integer is longer than ten bytes")
  }

  private func advanced(_ position: Int, by length: UInt64, before end: Int) throws(ONNXError)
    -> Int
  {
    guard length <= UInt64(end - position) else { throw cutShort(position) }
    return position + Int(length)
  }

  private func cutShort(_ position: Int) -> ONNXError {
    ONNXError(
      place: "byte \(position)", problem: "the file ends inside a field; it is cut short or no ONNX"
    )
  }
}
