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
    try self.init(locking: path)
    try Self.claim(path, for: settings)
  }

  private init(locking path: String) throws(FileError) {
    self.path = path
    lock = try OpenFile(path + "/lock")
    guard lock.lock() else {
      throw FileError(
        path, kind: .unwritable, problem: "another process is writing this run; wait for it")
    }
  }

  /// Opens the folder of a run that exists.
  static func opening(_ path: String) throws -> (RunDirectory, RunSettings) {
    guard let settings = try settings(in: path) else {
      throw FileError(path, kind: .missing, problem: "holds no run: there is no run.json")
    }
    return (try RunDirectory(locking: path), settings)
  }

  /// What a folder says it holds; nil when it holds no run.
  private static func settings(in path: String) throws -> RunSettings? {
    let file = path + "/run.json"
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    let bytes = try FileContents.read(file, limit: 1 << 28)
    guard let settings = try? JSONDecoder().decode(RunSettings.self, from: Data(bytes)) else {
      throw FileError(file, problem: "is not a run's settings; choose another folder")
    }
    return settings
  }

  private static func claim(_ path: String, for settings: RunSettings) throws {
    guard let known = try Self.settings(in: path) else {
      return try AtomicFile.write(try settings.json, to: path + "/run.json")
    }
    if let difference = settings.difference(from: known) {
      throw EvaluationError(
        kind: .data, place: path,
        problem: "holds another run: \(difference); choose another --out")
    }
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
    return try Journal(ledger: ledger, store: store, boundaryPath: path + "/boundary.f32")
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
