/// The size of perturbations as it is written, with its value.
public struct Radius: Hashable, Sendable {
  /// For example `8/255`.
  public let text: String
  /// The value, in pixel units of [0, 1] images.
  public let value: Double

  /// Reads a number or a fraction.
  ///
  /// - Parameter text: for example `8/255`, `0.031` or `0.5`.
  /// - Throws: ``RadiusError`` when it is neither, or negative, or not finite.
  public init(_ text: String) throws(RadiusError) {
    guard let value = Double(fraction: text) else {
      throw RadiusError("“\(text)” is not a radius; give a number or a fraction such as 8/255")
    }
    guard value >= 0 else {
      throw RadiusError(
        "“\(text)” is not a radius, being negative; give a number or a fraction such as 8/255")
    }
    self.text = text
    self.value = value
  }

  /// Names a value, whole numbers without their zero.
  ///
  /// - Parameter value: in pixel units.
  public init(_ value: Double) {
    text = "\(value)".hasSuffix(".0") ? String("\(value)".dropLast(2)) : "\(value)"
    self.value = value
  }

  /// Refuses an L∞ radius above 1, because it is nearly always one meant in units of 1/255.
  ///
  /// - Parameter norm: what bounds perturbations.
  /// - Throws: ``RadiusError`` with what to write instead.
  public func check(in norm: Norm) throws(RadiusError) {
    guard norm == .linf, value > 1 else { return }
    throw RadiusError(
      "\(text) is more than the whole range of pixels, which is 1; if you mean units of 1/255, "
        + "write \(text)/255")
  }
}

/// Why something is no radius.
public struct RadiusError: Error, Hashable, CustomStringConvertible {
  /// What is wrong and what helps, as one clause.
  public let description: String

  init(_ description: String) { self.description = description }
}
