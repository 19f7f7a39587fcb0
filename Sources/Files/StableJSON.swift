internal import Foundation

/// Any value as stable, readable JSON text with a final newline.
///
/// - Parameter value: what to write.
/// - Returns: the text; equal values give equal text.
/// - Throws: `EncodingError` when a number is not finite.
public func jsonText(of value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}
