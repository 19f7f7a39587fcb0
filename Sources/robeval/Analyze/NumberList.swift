/// Numbers of an option, with commas between them.
///
/// - Parameters:
///   - text: what was given.
///   - isValid: what each must be.
/// - Returns: nil where a part is no number or not as it must be; nothing for no part.
func numberList<Number: LosslessStringConvertible>(
  _ text: String, where isValid: (Number) -> Bool
) -> [Number]? {
  let numbers = text.split(separator: ",").map { Number(String($0)) }
  guard numbers.allSatisfy({ $0.map(isValid) ?? false }) else { return nil }
  return numbers.compactMap { $0 }
}

/// Finite numbers above 0, read as ``numberList(_:where:)`` does.
func positiveNumbers(_ text: String) -> [Double]? {
  numberList(text) { $0 > 0 && $0.isFinite }
}
