public import Tensors

/// A radius as it was written, together with its value.
public struct Epsilon: Hashable, Sendable {
  /// For example `8/255`.
  public let text: String
  /// The value, in pixel units of [0, 1] images.
  public let value: Double

  /// Reads a radius: a number or a fraction.
  ///
  /// A radius above 1 is refused for L∞, because it is nearly always one meant in units of 1/255.
  ///
  /// - Parameters:
  ///   - text: for example `8/255`, `0.031` or `0.5`.
  ///   - isLimited: whether a radius above 1 is refused, as for the L∞ norm.
  /// - Throws: ``EvaluationError`` with what was expected.
  public init(_ text: String, refusingAboveOne isLimited: Bool) throws(EvaluationError) {
    do throws(RadiusError) {
      let radius = try Radius(text)
      if isLimited { try radius.check(in: .linf) }
      self.text = text
      value = radius.value
    } catch {
      throw EvaluationError(kind: .usage, place: "--eps", problem: error.description)
    }
  }

  /// Takes over a radius as a file has it; whether text and value agree is not looked at.
  ///
  /// - Parameters:
  ///   - text: for example `8/255`.
  ///   - value: in pixel units of [0, 1] images.
  public init(recorded text: String, _ value: Double) {
    (self.text, self.value) = (text, value)
  }

  /// Reads one radius or several.
  ///
  /// - Parameters:
  ///   - text: separated by commas, for example `2/255,8/255`.
  ///   - isLimited: whether a radius above 1 is refused, as for the L∞ norm.
  /// - Returns: the radii, ascending.
  /// - Throws: ``EvaluationError`` when one cannot be read or is given twice.
  public static func list(
    _ text: String, refusingAboveOne isLimited: Bool
  ) throws(EvaluationError) -> [Epsilon] {
    var radii: [Epsilon] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let radius = try Epsilon(
        String(part.filter { !$0.isWhitespace }), refusingAboveOne: isLimited)
      // Equal as the attacks see them.
      if let twin = radii.first(where: { Float($0.value) == Float(radius.value) }) {
        throw EvaluationError(
          kind: .usage, place: "--eps",
          problem: "“\(text)” has a radius twice: \(twin.text) and \(radius.text); leave one out")
      }
      radii.append(radius)
    }
    return radii.sorted { $0.value < $1.value }
  }
}

extension Epsilon: Codable {
  enum CodingKeys: String, CodingKey {
    case text = "eps"
    case value = "eps_value"
  }

  /// Reads a radius from settings, or from a result, which says what was found within it too.
  ///
  /// - Parameter decoder: of an object.
  /// - Throws: `DecodingError` when text or value are missing; whether they agree is not looked at.
  public init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: CodingKeys.self)
    text = try object.decode(String.self, forKey: .text)
    value = try object.decode(Double.self, forKey: .value)
    let found = try decoder.container(keyedBy: EvaluationResult.RadiusResult.Key.self)
    for key in EvaluationResult.RadiusResult.Key.allCases { _ = found.contains(key) }
  }
}

extension Epsilon {
  /// What all notes on radii begin with.
  static let noteStart = "radius "

  /// A note where a radius forbids nothing, which it can only do by mistake.
  ///
  /// - Parameters:
  ///   - norm: of the perturbations.
  ///   - count: how many pixels an image has, channels counted.
  /// - Returns: a sentence, if every image is within the radius of every other.
  public func note(in norm: Norm, pixels count: Int) -> String? {
    let largest: Double =
      switch norm {
      case .linf: 1
      case .l2: Double(count).squareRoot()
      case .l1: Double(count)
      }
    if value < largest { return nil }
    return Self.noteStart + "\(text): no two images are farther apart than "
      + "\((largest * 100).rounded() / 100) in \(norm.rawValue), so that any image is allowed"
  }
}
