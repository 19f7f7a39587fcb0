/// Reads JSON text and refuses what two readers may understand differently.
///
/// That is: a name twice in one object, text that is not UTF-8, lone surrogates, anything behind the
/// value. Nesting is limited, so that no text can exhaust the stack.
struct JSONReader {
  /// Deeper than any file of this program.
  private static let deepest = 32

  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private var depth = 0

  /// Reads one value, which must be all there is.
  static func read(_ bytes: ArraySlice<UInt8>) throws(JSONProblem) -> JSONValue {
    var reader = JSONReader(bytes)
    let value = try reader.value()
    reader.skipSpace()
    guard reader.position == bytes.endIndex else { throw reader.problem("more text follows") }
    return value
  }

  private init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  private var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  private func problem(_ what: String) -> JSONProblem {
    JSONProblem("", "is not JSON: \(what) at byte \(position - bytes.startIndex)")
  }

  private mutating func skipSpace() {
    while let byte = next,
      byte == 0x20 || (0x09...0x0d).contains(byte) && byte != 0x0b && byte != 0x0c
    {
      position += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value() throws(JSONProblem) -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .list(try list())
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func word(
    _ word: StaticString, _ value: JSONValue
  ) throws(JSONProblem) -> JSONValue {
    let length = word.utf8CodeUnitCount
    let rest = bytes[position...].prefix(length)
    let isSame = word.withUTF8Buffer { $0.elementsEqual(rest) }
    guard isSame else { throw problem("no value") }
    position += length
    return value
  }

  private mutating func enter() throws(JSONProblem) {
    position += 1
    depth += 1
    if depth > Self.deepest { throw problem("more than \(Self.deepest) levels") }
  }

  private mutating func object() throws(JSONProblem) -> [String: JSONValue] {
    try enter()
    defer { depth -= 1 }
    var members: [String: JSONValue] = [:]
    skipSpace()
    if take("}") { return members }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw problem("no name") }
      let name = try text()
      skipSpace()
      guard take(":") else { throw problem("no colon") }
      guard members.updateValue(try value(), forKey: name) == nil else {
        throw JSONProblem(name, "stands twice in one object")
      }
      skipSpace()
      if take("}") { return members }
      guard take(",") else { throw problem("no comma") }
    }
  }

  private mutating func list() throws(JSONProblem) -> [JSONValue] {
    try enter()
    defer { depth -= 1 }
    var elements: [JSONValue] = []
    skipSpace()
    if take("]") { return elements }
    while true {
      elements.append(try value())
      skipSpace()
      if take("]") { return elements }
      guard take(",") else { throw problem("no comma") }
    }
  }

  private mutating func digits() throws(JSONProblem) -> Int {
    let start = position
    while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
    guard position > start else { throw problem("no value") }
    return position - start
  }

  private mutating func number() throws(JSONProblem) -> String {
    let start = position
    _ = take("-")
    let leadsWithZero = next == UInt8(ascii: "0")
    guard try digits() == 1 || !leadsWithZero else { throw problem("a number from 0") }
    if take(".") { _ = try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      _ = try digits()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }
}

extension JSONReader {
  private mutating func text() throws(JSONProblem) -> String {
    position += 1
    var units: [UInt8] = []
    while true {
      guard let byte = next, byte >= 0x20 else { throw problem("a text without end") }
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: units, as: UTF8.self) else {
          throw problem("text that is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): units.append(contentsOf: String(try escaped()).utf8)
      default: units.append(byte)
      }
    }
  }

  private mutating func escaped() throws(JSONProblem) -> Character {
    guard let byte = next else { throw problem("a text without end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw problem("an unknown escape")
    }
    var code = UInt32(try hexadecimal())
    if (0xd800...0xdbff).contains(code) {
      guard take("\\"), take("u") else { throw problem("half a surrogate pair") }
      let low = UInt32(try hexadecimal())
      guard (0xdc00...0xdfff).contains(low) else { throw problem("half a surrogate pair") }
      code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw problem("half a surrogate pair") }
    return Character(scalar)
  }

  private mutating func hexadecimal() throws(JSONProblem) -> UInt16 {
    let four = bytes[position...].prefix(4)
    guard four.count == 4, four.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let code = UInt16(String(decoding: four, as: UTF8.self), radix: 16)
    else { throw problem("an unknown escape") }
    position += 4
    return code
  }
}

/// What is wrong with a JSON text, and in which field.
struct JSONProblem: Error {
  var place: String
  var problem: String

  init(_ place: String, _ problem: String) {
    self.place = place
    self.problem = problem
  }
}
