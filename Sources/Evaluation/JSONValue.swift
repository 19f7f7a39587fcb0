internal import Foundation

/// Any JSON text as a value, so that two can be compared field by field.
enum JSONValue: Hashable, Sendable, Decodable {
  case null
  case boolean(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let boolean = try? value.decode(Bool.self) {
      self = .boolean(boolean)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let list = try? value.decode([JSONValue].self) {
      self = .list(list)
    } else {
      self = .object(try value.decode([String: JSONValue].self))
    }
  }

  /// The first field, in alphabetical order, in which another value differs.
  ///
  /// - Parameters:
  ///   - other: what is compared.
  ///   - path: where both values stand.
  /// - Returns: the field's path, this value's text for it and the other's; nil when all agree.
  func difference(
    from other: JSONValue, at path: String = ""
  ) -> (path: String, own: String, other: String)? {
    switch (self, other) {
    case (.object(let own), .object(let theirs)):
      for key in Set(own.keys).union(theirs.keys).sorted() {
        let place = path.isEmpty ? key : "\(path).\(key)"
        guard let left = own[key], let right = theirs[key] else {
          return (place, own[key]?.text ?? "absent", theirs[key]?.text ?? "absent")
        }
        if let found = left.difference(from: right, at: place) { return found }
      }
      return nil
    case (.list(let own), .list(let theirs)) where own.count == theirs.count:
      for (position, (left, right)) in zip(own, theirs).enumerated() {
        let place = "\(path)[\(position)]"
        if let found = left.difference(from: right, at: place) { return found }
      }
      return nil
    default: return self == other ? nil : (path, text, other.text)
    }
  }

  /// The value with fields under other names, in every object that has none of these yet.
  ///
  /// - Parameter names: the new names by the old ones.
  /// - Returns: the value; nothing is dropped.
  func renamingFields(_ names: [String: String]) -> JSONValue {
    switch self {
    case .object(let fields):
      let isOlder = fields.keys.allSatisfy { !names.values.contains($0) }
      return .object(
        Dictionary(
          uniqueKeysWithValues: fields.map { key, value in
            (isOlder ? names[key] ?? key : key, value.renamingFields(names))
          }))
    case .list(let values): return .list(values.map { $0.renamingFields(names) })
    case .null, .boolean, .number, .text: return self
    }
  }

  /// The value in short, for messages.
  private var text: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number(let value): value == value.rounded() ? String(format: "%.0f", value) : "\(value)"
    case .text(let value): "“\(value.prefix(80))”"
    case .list(let values): "a list of \(values.count)"
    case .object: "an object"
    }
  }
}
