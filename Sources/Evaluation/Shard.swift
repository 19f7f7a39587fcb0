/// One of several runs that share the images of an evaluation: those whose index leaves a remainder.
///
/// Shards are numbered from 0, as job arrays are. Because an image's random numbers depend on its
/// index and not on its neighbours, the shards together find what one run finds.
public struct Shard: Hashable, Sendable {
  /// From 0 to below ``count``.
  public let number: Int
  /// Into how many runs the images are divided.
  public let count: Int

  /// Reads a shard.
  ///
  /// - Parameter text: for example `0/3`.
  /// - Throws: ``EvaluationError`` with what was expected.
  public init(_ text: String) throws(EvaluationError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let number = parts[0], let count = parts[1],
      count > 0, (0..<count).contains(number)
    else {
      throw EvaluationError(
        kind: .usage, place: "--shard",
        problem: "“\(text)” is not a shard; give its number, from 0, and the number of shards: "
          + "0/3, 1/3 and 2/3 are all shards of three")
    }
    self.number = number
    self.count = count
  }

  /// Whether an image belongs to this shard.
  ///
  /// - Parameter index: the image's stable index.
  /// - Returns: whether the index modulo ``count`` is ``number``.
  public func contains(_ index: Int) -> Bool { index % count == number }
}

extension Shard: CustomStringConvertible {
  /// For example `0/3`.
  public var description: String { "\(number)/\(count)" }
}

extension Shard: Codable {
  /// Reads the text, for example `0/3`.
  public init(from decoder: any Decoder) throws {
    try self.init(try decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the text.
  public func encode(to encoder: any Encoder) throws {
    var text = encoder.singleValueContainer()
    try text.encode(description)
  }
}
