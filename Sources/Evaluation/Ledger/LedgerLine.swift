internal import Execution
internal import Files
internal import Foundation

/// One line of a ledger: an entry, its number, and a checksum over both.
///
/// The text is a JSON object whose last field is `sum`, the first 16 digits of the SHA-256 of the
/// object without it: of `{…,"line":7}` where the line reads `{…,"line":7,"sum":"…"}`. Runs from
/// before there were checksums have neither `line` nor `sum`.
struct LedgerLine: Hashable, Sendable {
  var entry: LedgerEntry
  /// The line's place in the ledger, from 0; nil in a ledger without checksums.
  var number: Int?

  private static let sumStart = Array(#","sum":""#.utf8)
  private static let sumEnd = Array(#""}"#.utf8)
  private static let digits = 16

  /// The line's bytes with a checksum and a line feed.
  ///
  /// - Returns: nil when a number of the entry is not finite.
  static func bytes(of entry: LedgerEntry, number: Int) -> [UInt8]? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let object = try? encoder.encode(entry) else { return nil }
    let body = Array(object.dropLast()) + Array(#","line":\#(number)}"#.utf8)
    return body.dropLast() + sumStart + sum(of: body) + sumEnd + [UInt8(ascii: "\n")]
  }

  /// The first digits of a SHA-256.
  static func sum(of bytes: [UInt8]) -> [UInt8] {
    Array(Digest.sha256(of: bytes).utf8.prefix(digits))
  }

  /// Reads a line; nil when it is no entry, when its checksum is another, or when it has a number but
  /// no checksum.
  ///
  /// - Parameter bytes: without the line feed.
  init?(_ bytes: some RandomAccessCollection<UInt8>) {
    let bytes = Array(bytes)
    guard let decoded = try? StrictJSON.decode(Decoded.self, from: bytes, of: "ledger.jsonl"),
      decoded.entry.isPossible
    else { return nil }
    entry = decoded.entry
    number = decoded.line
    if decoded.line == nil, decoded.sum == nil { return }
    let tail = Self.sumStart.count + Self.digits + Self.sumEnd.count
    guard let line = decoded.line, (0...1 << 40).contains(line), bytes.count > tail else {
      return nil
    }
    let body = bytes.dropLast(tail) + [UInt8(ascii: "}")]
    guard Array(bytes.suffix(tail)) == Self.sumStart + Self.sum(of: Array(body)) + Self.sumEnd
    else { return nil }
  }

  private struct Decoded: Decodable {
    var entry: LedgerEntry
    var line: Int?
    var sum: String?

    private enum Key: String, CodingKey { case line, sum }

    init(from decoder: any Decoder) throws {
      entry = try LedgerEntry(from: decoder)
      let object = try decoder.container(keyedBy: Key.self)
      line = try object.decodeIfPresent(Int.self, forKey: .line)
      sum = try object.decodeIfPresent(String.self, forKey: .sum)
    }
  }
}

extension LedgerEntry {
  /// Whether every number is one that a run can have written, so that sums cannot overflow.
  var isPossible: Bool {
    let counts = [passes.forwards, passes.backwards, passes.judgements, passes.zeroGradients]
    let most = 1 << 40
    return counts.allSatisfy { (0...most).contains($0) } && (0...1e12).contains(passes.seconds)
      && (0...most).contains(index) && (0...1 << 24).contains(label)
      && (0...1 << 24).contains(predicted) && (0...most).contains(record ?? 0)
      && (0...most).contains(boundaryRecord ?? 0) && distance >= 0 && distance.isFinite
      && margin.isFinite && (boundaryDistance ?? 0).isFinite
      && (outcome == .fooled) == (record != nil)
      && (record != nil || recordSum == nil)
      && (boundaryRecord == nil || boundaryDistance != nil)
  }
}
