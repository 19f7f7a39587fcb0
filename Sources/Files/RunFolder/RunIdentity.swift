internal import Foundation

/// What decides a run's results: two runs with equal settings are the same run.
///
/// Every field that is encoded is compared; whoever adds one has it compared without doing anything.
public protocol RunIdentity: Codable, Sendable {
  /// How the program's option for the folder is written, for example `--out`.
  static var folderOption: String { get }

  /// The outermost fields that decide no result, each with the reason.
  static var fieldsThatDecideNothing: [String: String] { get }

  /// How a difference in one of the outermost fields is told.
  ///
  /// - Parameters:
  ///   - field: its encoded name.
  ///   - other: the settings that are there.
  /// - Returns: a clause; nil for the plain one, such as `seed is 0 there and 1 here`.
  func difference(in field: String, from other: Self) -> String?

  /// What is compared beside the fields, or in the place of those that older runs lack.
  ///
  /// - Parameter other: the settings that are there.
  /// - Returns: the fields that it stands for, and a clause if there is a difference.
  func comparison(with other: Self) -> (inPlaceOf: Set<String>, difference: String?)
}

extension RunIdentity {
  /// No field has words of its own.
  ///
  /// - Parameters:
  ///   - field: its encoded name.
  ///   - other: the settings that are there.
  /// - Returns: nil.
  public func difference(in field: String, from other: Self) -> String? { nil }

  /// Nothing but the fields is compared.
  ///
  /// - Parameter other: the settings that are there.
  /// - Returns: no fields and no difference.
  public func comparison(with other: Self) -> (inPlaceOf: Set<String>, difference: String?) {
    ([], nil)
  }

  /// The first field in which other settings differ, in words; nil when results are the same.
  ///
  /// - Parameters:
  ///   - other: the settings that are there.
  ///   - ignored: outermost fields that may differ here.
  /// - Returns: for example `seed is 0 there and 1 here`.
  public func difference(from other: Self, ignoring ignored: Set<String> = []) -> String? {
    let beside = comparison(with: other)
    let here = EncodedFields(self)
    let there = EncodedFields(other)
    let excepted = ignored.union(Self.fieldsThatDecideNothing.keys).union(beside.inPlaceOf)
    for field in here.names.union(there.names).subtracting(excepted).sorted() {
      guard let plain = here.difference(in: field, from: there) else { continue }
      return difference(in: field, from: other) ?? plain
    }
    return beside.difference
  }
}

/// A value as JSON, its leaves by their paths.
private struct EncodedFields {
  private let object: [String: Any]

  init(_ value: some Encodable) {
    guard let data = try? JSONEncoder().encode(value),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { preconditionFailure("settings are objects of finite numbers") }
    self.object = object
  }

  var names: Set<String> { Set(object.keys) }

  /// The first leaf in which a field differs, in words.
  func difference(in field: String, from other: EncodedFields) -> String? {
    let here = leaves(of: field)
    let there = other.leaves(of: field)
    let path = Set(here.keys).union(there.keys).sorted().first { here[$0] != there[$0] }
    return path.map { "\($0) is \(there[$0] ?? "absent") there and \(here[$0] ?? "absent") here" }
  }

  private func leaves(of field: String) -> [String: String] {
    var leaves: [String: String] = [:]
    func visit(_ value: Any, _ path: String) {
      switch value {
      case let object as [String: Any]:
        for (key, inner) in object { visit(inner, "\(path).\(key)") }
      case let array as [Any]:
        for (position, inner) in array.enumerated() { visit(inner, "\(path).\(position)") }
      default: leaves[path] = "\(value)"
      }
    }
    if let value = object[field] { visit(value, field) }
    return leaves
  }
}
