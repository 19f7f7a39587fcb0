/// Decodes values from JSON and remembers which fields were asked for.
///
/// Whole numbers are those that every JSON reader keeps exactly, up to 2⁵³ in size (`UInt64` takes
/// all of its range), so that sums of them cannot overflow by what one file says.
final class StrictDecoder: Decoder {
  /// The names, by the place of their object, that nobody has asked for.
  ///
  /// One object may be read as several values that know different fields of it, so what is left
  /// over is counted when everything is read.
  private final class Strangers {
    var names: [String: Set<String>] = [:]
  }

  let value: JSONValue
  let path: String
  private let strangers: Strangers

  /// The path is carried as text, because messages need it and nothing else does.
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  private init(_ value: JSONValue, at path: String, strangers: Strangers) {
    self.value = value
    self.path = path
    self.strangers = strangers
  }

  static func decode<Value: Decodable>(
    _ type: Value.Type, from value: JSONValue, refusingStrangers: Bool
  ) throws -> Value {
    let decoder = StrictDecoder(value, at: "", strangers: Strangers())
    let decoded = try decoder.child(type, value, at: "")
    if refusingStrangers,
      let (path, names) = decoder.strangers.names.filter({ !$0.value.isEmpty })
        .min(by: { $0.key < $1.key }),
      let name = names.min()
    {
      throw JSONProblem(Self.place(name, in: path), "is not a field that is known here")
    }
    return decoded
  }

  func child<Value: Decodable>(_ type: Value.Type, _ value: JSONValue, at place: String) throws
    -> Value
  {
    do {
      return try Value(from: inner(value, at: place))
    } catch DecodingError.dataCorrupted(let context) {
      let field = context.codingPath.last.map { Self.place($0.stringValue, in: place) } ?? place
      throw JSONProblem(field, context.debugDescription)
    }
  }

  func know(_ name: String) { strangers.names[path]?.remove(name) }

  func place(_ name: String) -> String { Self.place(name, in: path) }

  private static func place(_ name: String, in path: String) -> String {
    path.isEmpty ? name : "\(path).\(name)"
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let members) = value else { throw mismatch("an object") }
    if strangers.names[path] == nil { strangers.names[path] = Set(members.keys) }
    return KeyedDecodingContainer(StrictObject<Key>(decoder: self, members: members))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let elements) = value else { throw mismatch("a list") }
    return StrictList(decoder: self, elements: elements)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    StrictScalar(decoder: self)
  }

  func mismatch(_ expected: String) -> JSONProblem {
    JSONProblem(path, "is \(value.summary), expected \(expected)")
  }

  /// A decoder of something inside.
  func inner(_ value: JSONValue, at place: String) -> StrictDecoder {
    StrictDecoder(value, at: place, strangers: strangers)
  }
}

/// The members of an object.
private struct StrictObject<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: StrictDecoder
  let members: [String: JSONValue]

  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }

  func contains(_ key: Key) -> Bool {
    decoder.know(key.stringValue)
    return members[key.stringValue] != nil
  }

  func decodeNil(forKey key: Key) throws -> Bool { try member(key) == .null }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try decoder.child(type, try member(key), at: decoder.place(key.stringValue))
  }

  private func member(_ key: Key) throws -> JSONValue {
    decoder.know(key.stringValue)
    guard let member = members[key.stringValue] else {
      throw JSONProblem(decoder.place(key.stringValue), "is missing")
    }
    return member
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try inner(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try inner(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Decoder { try inner(key) }

  private func inner(_ key: Key) throws -> StrictDecoder {
    decoder.inner(try member(key), at: decoder.place(key.stringValue))
  }
}

/// The elements of a list.
private struct StrictList: UnkeyedDecodingContainer {
  let decoder: StrictDecoder
  let elements: [JSONValue]
  var currentIndex = 0

  init(decoder: StrictDecoder, elements: [JSONValue]) {
    self.decoder = decoder
    self.elements = elements
  }

  var codingPath: [any CodingKey] { [] }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, elements[currentIndex] == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    guard !isAtEnd else { throw decoder.mismatch("a longer list") }
    defer { currentIndex += 1 }
    return try decoder.child(
      type, elements[currentIndex], at: "\(decoder.path)[\(currentIndex)]")
  }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> { try inner().container(keyedBy: type) }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try inner().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder { try inner() }

  private mutating func inner() throws -> StrictDecoder {
    guard !isAtEnd else { throw decoder.mismatch("a longer list") }
    defer { currentIndex += 1 }
    return decoder.inner(elements[currentIndex], at: "\(decoder.path)[\(currentIndex)]")
  }
}

/// A text, a number or a truth value.
private struct StrictScalar: SingleValueDecodingContainer {
  /// The largest size of a whole number that every reader of JSON keeps exactly.
  private static let largest = 1 << 53

  let decoder: StrictDecoder
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { decoder.value == .null }

  func decode(_ type: Bool.Type) throws -> Bool {
    guard case .boolean(let value) = decoder.value else { throw decoder.mismatch("true or false") }
    return value
  }

  func decode(_ type: String.Type) throws -> String {
    guard case .text(let value) = decoder.value else { throw decoder.mismatch("a text") }
    return value
  }

  func decode(_ type: Double.Type) throws -> Double {
    guard case .number(let text) = decoder.value, let value = Double(text), value.isFinite else {
      throw decoder.mismatch("a number")
    }
    return value
  }

  func decode(_ type: Float.Type) throws -> Float {
    let value = Float(try decode(Double.self))
    guard value.isFinite else { throw decoder.mismatch("a number") }
    return value
  }

  func decode(_ type: Int.Type) throws -> Int {
    guard case .number(let text) = decoder.value, let value = Int(text),
      (-Self.largest...Self.largest).contains(value)
    else { throw decoder.mismatch("a whole number of at most 2⁵³") }
    return value
  }

  func decode(_ type: UInt64.Type) throws -> UInt64 {
    guard case .number(let text) = decoder.value, let value = UInt64(text) else {
      throw decoder.mismatch("a whole number from 0 to below 2⁶⁴")
    }
    return value
  }

  func decode(_ type: Int8.Type) throws -> Int8 { try whole(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try whole(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try whole(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try whole(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try whole(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try whole(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try whole(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try whole(type) }

  private func whole<Whole: FixedWidthInteger>(_ type: Whole.Type) throws -> Whole {
    guard let value = Whole(exactly: try decode(Int.self)) else {
      throw decoder.mismatch("a whole number from \(Whole.min) to \(Whole.max)")
    }
    return value
  }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try decoder.child(type, decoder.value, at: decoder.path)
  }
}
