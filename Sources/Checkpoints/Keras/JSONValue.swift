/// Any JSON value, for files whose objects differ from version to version.
enum JSONValue: Decodable {
  case null
  case truth(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let truth = try? value.decode(Bool.self) {
      self = .truth(truth)
    } else if let list = try? value.decode([JSONValue].self) {
      self = .list(list)
    } else {
      self = .object(try value.decode([String: JSONValue].self))
    }
  }

  /// The value under a name; nil where this is no object, or the value is null.
  subscript(name: String) -> JSONValue? {
    guard case .object(let object) = self, let value = object[name] else { return nil }
    if case .null = value { return nil }
    return value
  }

  var text: String? { if case .text(let text) = self { text } else { nil } }
  var truth: Bool? { if case .truth(let truth) = self { truth } else { nil } }
  var number: Double? { if case .number(let number) = self { number } else { nil } }
  var list: [JSONValue]? { if case .list(let list) = self { list } else { nil } }

  /// A whole number small enough to compute with.
  var integer: Int? {
    guard let number, abs(number) <= 1e9 else { return nil }
    return Int(exactly: number)
  }

  /// A list of whole numbers.
  var integers: [Int]? {
    guard let list else { return nil }
    let integers = list.compactMap(\.integer)
    return integers.count == list.count ? integers : nil
  }
}
