/// One node of the file, with attributes by name and the way to talk about it.
struct ONNXNode {
  let wire: WireNode
  private let attributes: [String: WireAttribute]

  var operation: String { wire.opType }
  var outputs: [String] { wire.output }

  /// The names of inputs; an absent optional input is empty.
  var inputs: [String] { wire.input }

  init(_ wire: WireNode) throws(ONNXError) {
    self.wire = wire
    var attributes: [String: WireAttribute] = [:]
    for attribute in wire.attribute {
      guard attributes.updateValue(attribute, forKey: attribute.name) == nil else {
        throw ONNXError(
          place: Self.place(of: wire),
          problem: "it has the attribute \(attribute.name.quotedName) twice")
      }
    }
    self.attributes = attributes
    guard ["", "ai.onnx"].contains(wire.domain) else {
      throw error(
        "the operator belongs to \(wire.domain.quotedName); only ONNX's own are supported")
    }
  }

  /// For the node of the graph: the name in the file or, without one, its output's.
  var name: String { Self.name(of: wire) }

  private static func name(of wire: WireNode) -> String {
    wire.name.isEmpty ? wire.output.first ?? "" : wire.name
  }

  private static func place(of wire: WireNode) -> String {
    let operation = wire.opType.allSatisfy { $0.isLetter || $0.isNumber } ? wire.opType : "?"
    return "node \(name(of: wire).quotedName) (\(operation.prefix(60)))"
  }

  var place: String { Self.place(of: wire) }

  func error(_ problem: String) -> ONNXError { ONNXError(place: place, problem: problem) }

  func expect(_ condition: Bool, _ problem: @autoclosure () -> String) throws(ONNXError) {
    if !condition { throw error(problem()) }
  }

  // MARK: Attributes

  func has(_ name: String) -> Bool { attributes[name] != nil }

  /// An attribute of a type given by its number in the file, which old writers leave out.
  private func attribute(_ name: String, type: Int32) throws(ONNXError) -> WireAttribute? {
    guard let attribute = attributes[name] else { return nil }
    try expect(
      attribute.type == type || attribute.type == 0,
      "the attribute \(name) has type \(attribute.type); it must have type \(type)")
    return attribute
  }

  func float(_ name: String) throws(ONNXError) -> Float? { try attribute(name, type: 1)?.f }

  func integer(_ name: String) throws(ONNXError) -> Int? {
    try attribute(name, type: 2).map { Int($0.i) }
  }

  func string(_ name: String) throws(ONNXError) -> String? {
    try attribute(name, type: 3).map { String(decoding: $0.s, as: UTF8.self) }
  }

  func tensor(_ name: String) throws(ONNXError) -> WireTensor? { try attribute(name, type: 4)?.t }

  func floats(_ name: String) throws(ONNXError) -> [Float]? { try attribute(name, type: 6)?.floats }

  func integers(_ name: String) throws(ONNXError) -> [Int]? {
    try attribute(name, type: 7)?.ints.map { Int($0) }
  }

  /// A list of as many integers as expected, each between 0 and 4096, or the default.
  func extents(_ name: String, count: Int, default standard: Int) throws(ONNXError) -> [Int] {
    guard let extents = try integers(name), !extents.isEmpty else {
      return [Int](repeating: standard, count: count)
    }
    try expect(
      extents.count == count && extents.allSatisfy((0...4096).contains),
      "the attribute \(name) is \(extents.prefix(8)); it must be \(count) numbers from 0 to 4096")
    return extents
  }

  /// Whether an attribute that is 0 or 1 is 1.
  func isSet(_ name: String) throws(ONNXError) -> Bool { (try integer(name) ?? 0) != 0 }

  /// An axis counted from the front.
  func axis(_ axis: Int, rank: Int) throws(ONNXError) -> Int {
    try expect(
      (-rank..<rank).contains(axis), "axis \(axis) is not one of the \(rank) axes of its input")
    return axis < 0 ? axis + rank : axis
  }

  /// Axes counted from the front, each once.
  func axes(_ axes: [Int], rank: Int) throws(ONNXError) -> [Int] {
    var result: [Int] = []
    for axis in axes.prefix(rank + 1) { result.append(try self.axis(axis, rank: rank)) }
    try expect(Set(result).count == axes.count, "it names an axis twice")
    return result
  }
}
