/// Any JSON text as a value; a number is kept as it is written.
public enum JSONValue: Hashable, Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case boolean(Bool)
  /// A number's text, which follows JSON's grammar.
  case number(String)
  /// A string.
  case text(String)
  /// An array.
  case list([JSONValue])
  /// An object, every name of which it has once.
  case object([String: JSONValue])

  /// The first field, in alphabetical order, in which another value differs.
  ///
  /// - Parameters:
  ///   - other: what is compared.
  ///   - path: where both values stand.
  ///   - onlyShared: whether fields that one of the two does not have are left out.
  /// - Returns: the field's path, this value's text for it and the other's; nil when all agree.
  public func difference(
    from other: JSONValue, at path: String = "", onlyShared: Bool = false
  ) -> (path: String, own: String, other: String)? {
    switch (self, other) {
    case (.object(let own), .object(let theirs)):
      for key in Set(own.keys).union(theirs.keys).sorted() {
        let name = key.count > 60 ? key.prefix(60) + "…" : key
        let place = path.isEmpty ? name : "\(path).\(name)"
        guard let left = own[key], let right = theirs[key] else {
          if onlyShared { continue }
          return (place, own[key]?.summary ?? "absent", theirs[key]?.summary ?? "absent")
        }
        if let found = left.difference(from: right, at: place, onlyShared: onlyShared) {
          return found
        }
      }
      return nil
    case (.list(let own), .list(let theirs)) where own.count == theirs.count:
      for (position, (left, right)) in zip(own, theirs).enumerated() {
        let place = "\(path)[\(position)]"
        if let found = left.difference(from: right, at: place, onlyShared: onlyShared) {
          return found
        }
      }
      return nil
    case (.number(let own), .number(let theirs)) where Double(own) == Double(theirs): return nil
    default: return self == other ? nil : (path, summary, other.summary)
    }
  }

  /// The value with fields under other names, in every object that has none of these yet.
  ///
  /// - Parameter names: the new names by the old ones.
  /// - Returns: the value; nothing is dropped.
  public func renamingFields(_ names: [String: String]) -> JSONValue {
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
  var summary: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number(let text): String(text.prefix(40))
    case .text(let value): "“\(value.prefix(80))”"
    case .list(let values): "a list of \(values.count)"
    case .object: "an object"
    }
  }
}
