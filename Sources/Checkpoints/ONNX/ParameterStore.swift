import Tensors

/// The parameters of the network being imported, by name.
struct ParameterStore {
  private(set) var tensors: [String: Tensor] = [:]
  /// From an initializer and what was done to it to the parameter's name.
  private var known: [String: String] = [:]

  /// Adds a tensor.
  ///
  /// - Parameters:
  ///   - tensor: its values.
  ///   - origin: the initializer it comes from; kept as name if it looks like PyTorch's.
  ///   - form: what was done to the initializer, so that the same is not stored twice.
  ///   - fallback: the name otherwise.
  ///   - place: for messages.
  /// - Returns: the parameter's name.
  /// - Throws: ``ONNXError`` when a value is not finite.
  mutating func add(
    _ tensor: Tensor, origin: String?, form: String, fallback: String, at place: String
  ) throws(ONNXError) -> String {
    if let name = name(origin: origin, form: form) { return name }
    let finite = tensor.withUnsafeElements { $0.allSatisfy(\.isFinite) }
    guard finite else {
      throw ONNXError(place: place, problem: "\(fallback) has a value that is not finite")
    }
    var name = fallback
    if let origin, Self.looksLikePyTorch(origin), tensors[origin] == nil { name = origin }
    while tensors[name] != nil { name += "_" }
    tensors[name] = tensor
    if let origin { known[Self.key(origin, form)] = name }
    return name
  }

  /// The name under which an initializer was stored before.
  ///
  /// - Parameters:
  ///   - origin: the initializer.
  ///   - form: what was done to it.
  /// - Returns: the parameter's name, or nil when it is new.
  func name(origin: String?, form: String) -> String? {
    origin.flatMap { known[Self.key($0, form)] }
  }

  private static func key(_ origin: String, _ form: String) -> String { form + " of " + origin }

  /// Whether a name is words joined by points, the last one of those PyTorch gives its parameters.
  private static func looksLikePyTorch(_ name: String) -> Bool {
    let words = name.split(separator: ".", omittingEmptySubsequences: false)
    guard words.count > 1, name.utf8.count <= 200, let last = words.last,
      ["weight", "bias", "running_mean", "running_var"].contains(last)
    else { return false }
    return words.allSatisfy { word in
      !word.isEmpty && word.utf8.allSatisfy { isWordByte($0) }
    }
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
