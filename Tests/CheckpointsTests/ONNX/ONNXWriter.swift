/// Writes protobuf fields, well-formed or not.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func field(_ number: UInt64, _ value: Int) {
    varint(number << 3)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func field(_ number: UInt64, _ value: Float) {
    varint(number << 3 | 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += Array($0) }
  }

  mutating func field(_ number: UInt64, _ content: [UInt8]) {
    varint(number << 3 | 2)
    varint(UInt64(content.count))
    bytes += content
  }

  mutating func field(_ number: UInt64, _ text: String) { field(number, Array(text.utf8)) }

  static func message(_ write: (inout ProtobufWriter) -> Void) -> [UInt8] {
    var writer = ProtobufWriter()
    write(&writer)
    return writer.bytes
  }
}

/// A small ONNX model for tests of what the importer refuses.
struct ONNXWriter {
  enum Attribute {
    case integer(Int), integers([Int]), float(Float), text(String), tensor([UInt8])
  }

  var opset = 17
  var input = [1, 3, 8, 8]
  var inputs = ["image"]
  var output = "logits"
  private var nodes: [[UInt8]] = []
  private var initializers: [[UInt8]] = []

  /// Appends a node.
  mutating func node(
    _ operation: String, _ inputs: [String], _ outputs: [String], domain: String = "",
    _ attributes: [(String, Attribute)] = []
  ) {
    nodes.append(
      ProtobufWriter.message { writer in
        for input in inputs { writer.field(1, input) }
        for output in outputs { writer.field(2, output) }
        writer.field(3, "the \(operation)")
        writer.field(4, operation)
        for (name, value) in attributes { writer.field(5, Self.attribute(name, value)) }
        writer.field(7, domain)
      })
  }

  private static func attribute(_ name: String, _ value: Attribute) -> [UInt8] {
    ProtobufWriter.message { writer in
      writer.field(1, name)
      switch value {
      case .float(let number):
        writer.field(2, number)
        writer.field(20, 1)
      case .integer(let number):
        writer.field(3, number)
        writer.field(20, 2)
      case .text(let text):
        writer.field(4, text)
        writer.field(20, 3)
      case .tensor(let tensor):
        writer.field(5, tensor)
        writer.field(20, 4)
      case .integers(let list):
        for number in list { writer.field(8, number) }
        writer.field(20, 7)
      }
    }
  }

  /// A tensor of floats as raw data; `claimed` may differ from what there is.
  static func tensor(_ name: String, _ claimed: [Int], values: Int? = nil, type: Int = 1)
    -> [UInt8]
  {
    ProtobufWriter.message { writer in
      for extent in claimed { writer.field(1, extent) }
      writer.field(2, type)
      writer.field(8, name)
      let count = values ?? claimed.reduce(1, *)
      writer.field(
        9, (0..<count).flatMap { _ in withUnsafeBytes(of: Float(0.5).bitPattern) { Array($0) } })
    }
  }

  /// A list of 64-bit integers.
  static func integers(_ name: String, _ values: [Int]) -> [UInt8] {
    ProtobufWriter.message { writer in
      writer.field(1, values.count)
      writer.field(2, 7)
      for value in values { writer.field(7, value) }
      writer.field(8, name)
    }
  }

  /// Appends an initializer.
  mutating func initializer(_ tensor: [UInt8]) { initializers.append(tensor) }

  /// The serialized model.
  var bytes: [UInt8] {
    ProtobufWriter.message { model in
      model.field(1, 8)
      model.field(8, ProtobufWriter.message { $0.field(2, opset) })
      model.field(
        7,
        ProtobufWriter.message { graph in
          for node in nodes { graph.field(1, node) }
          for initializer in initializers { graph.field(5, initializer) }
          for name in inputs { graph.field(11, Self.value(name, input)) }
          graph.field(12, Self.value(output, []))
        })
    }
  }

  private static func value(_ name: String, _ extents: [Int]) -> [UInt8] {
    let shape = ProtobufWriter.message { writer in
      for extent in extents {
        writer.field(1, ProtobufWriter.message { $0.field(1, extent) })
      }
    }
    let tensor = ProtobufWriter.message { writer in
      writer.field(1, 1)
      writer.field(2, shape)
    }
    return ProtobufWriter.message { writer in
      writer.field(1, name)
      writer.field(2, ProtobufWriter.message { $0.field(1, tensor) })
    }
  }
}
