internal import Files
internal import Foundation

/// The append-only record of a run: one JSON object a line, written before it counts.
///
/// A line reaches the operating system before the next one is accepted, so that a killed run loses
/// only what was in flight. A torn last line is dropped when the ledger is read again; a line that is
/// damaged otherwise is named, and what it told is done again.
struct Ledger: Sendable {
  private let file: GrowingFile
  /// The entries it held when it was opened, in order.
  let known: [LedgerEntry]
  private var count: Int

  /// Opens a ledger, drops what cannot be relied on and makes it whole.
  ///
  /// - Parameters:
  ///   - path: of the file, made when absent.
  ///   - settings: of the run.
  ///   - examine: drops lines because of what they refer to, and completes the others.
  ///   - notice: told, a sentence each, what was dropped.
  /// - Throws: `FileError` when it cannot be written.
  init(
    _ path: String, of settings: RunSettings?,
    examining examine: (inout LedgerReading) -> Void = { _ in },
    notice: (String) -> Void = { _ in }
  ) throws(FileError) {
    let file = try GrowingFile(path)
    let bytes = file.read(file.size, at: 0)
    var reading = LedgerReading(bytes, of: settings)
    let before = reading.entries
    examine(&reading)
    known = reading.entries
    count = known.count
    if reading.damage.isEmpty, reading.hasSums, before == known {
      try file.cut(to: reading.wholeBytes)
      self.file = file
      return
    }
    for sentence in reading.notices(in: path) { notice(sentence) }
    if !reading.damage.isEmpty { try AtomicFile.write(bytes, to: path + ".damaged") }
    try AtomicFile.write(try Self.bytes(of: known, path), to: path)
    self.file = try GrowingFile(path)
  }

  /// Reads the ledger of a finished run and leaves the file alone.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - settings: of the run; nil to leave open which images and attacks it has.
  ///   - examine: drops lines because of what they refer to.
  /// - Returns: the entries in order.
  /// - Throws: `FileError` when a line is damaged.
  static func entries(
    of path: String, of settings: RunSettings? = nil,
    examining examine: (inout LedgerReading) -> Void = { _ in }
  ) throws(FileError) -> [LedgerEntry] {
    let bytes = try FileContents.read(path)
    var reading = LedgerReading(bytes, of: settings)
    examine(&reading)
    let remedy = "; repeat the run's command, which does it again"
    if let damage = reading.damage.first {
      throw FileError(path, "line \(damage.place)", problem: damage.problem + remedy)
    }
    guard reading.wholeBytes == bytes.count else {
      throw FileError(path, "line \(reading.lines.count + 1)", problem: "is torn" + remedy)
    }
    return reading.entries
  }

  /// Appends an entry as one line.
  mutating func append(_ entry: LedgerEntry) throws(FileError) {
    try file.append(try Self.line(entry, number: count, file.path))
    count += 1
  }

  private static func bytes(
    of entries: [LedgerEntry], _ path: String
  ) throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    for (number, entry) in entries.enumerated() { bytes += try line(entry, number: number, path) }
    return bytes
  }

  private static func line(
    _ entry: LedgerEntry, number: Int, _ path: String
  ) throws(FileError) -> [UInt8] {
    guard let line = LedgerLine.bytes(of: entry, number: number) else {
      throw FileError(
        path, kind: .unwritable, problem: "entry of image \(entry.index) is not a number")
    }
    return line
  }
}

extension LedgerReading {
  /// What is wrong, in at most a few sentences.
  fileprivate func notices(in path: String) -> [String] {
    let few = 5
    var sentences = damage.prefix(few).map {
      "\(path): line \($0.place): \($0.problem); what it told is done again where it is missing"
    }
    if damage.count > few {
      sentences.append("\(path): \(damage.count - few) more lines are damaged")
    }
    if !damage.isEmpty {
      sentences.append("\(path): the ledger as it was is kept beside it as ledger.jsonl.damaged")
    }
    return sentences
  }
}
