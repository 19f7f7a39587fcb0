public import Files
internal import Foundation
public import Tensors

/// The folder of one run, owned by one process at a time.
public struct RunDirectory: Sendable {
  /// The folder.
  public let path: String
  private let lock: OpenFile

  /// Opens a folder for a run, making it when absent, and checks that it holds no other run.
  ///
  /// - Parameters:
  ///   - path: of the folder.
  ///   - settings: of the run.
  /// - Throws: `FileError` when it cannot be made or is in use; ``EvaluationError`` when it holds a
  ///   run with other settings.
  public init(_ path: String, settings: RunSettings) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw FileError(
        path, kind: .unwritable, problem: "the folder cannot be made; choose another --out")
    }
    self.path = path
    lock = try OpenFile(path + "/lock")
    guard lock.lock() else {
      throw FileError(
        path, kind: .unwritable, problem: "another process is writing this run; wait for it")
    }
    try Self.claim(path, for: settings)
  }

  private static func claim(_ path: String, for settings: RunSettings) throws {
    let file = path + "/run.json"
    if FileManager.default.fileExists(atPath: file) {
      let bytes = try FileContents.read(file, limit: 1 << 28)
      guard let known = try? JSONDecoder().decode(RunSettings.self, from: Data(bytes)) else {
        throw FileError(file, problem: "is not a run's settings; choose another --out")
      }
      if let difference = settings.difference(from: known) {
        throw EvaluationError(
          kind: .data, place: path,
          problem: "holds another run: \(difference); choose another --out")
      }
      return
    }
    try AtomicFile.write(try settings.json, to: file)
  }

  /// Opens the ledger and the store of adversarial images.
  ///
  /// - Parameter shape: of every image.
  /// - Returns: a journal with everything known so far.
  /// - Throws: `FileError` when either is damaged.
  public func journal(shape: FeatureShape) throws(FileError) -> Journal {
    let ledger = try Ledger(path + "/ledger.jsonl")
    let records = ledger.known.compactMap(\.record).count
    let store = try AdversarialStore(path + "/adversarial.f32", shape: shape, count: records)
    return Journal(ledger: ledger, store: store)
  }
}

extension RunSettings {
  /// The settings as JSON text.
  var json: String {
    get throws { try jsonText(of: self) }
  }
}

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
