import Datasets
import Evaluation
import Files
import Foundation
import Reports
import Tensors
import Testing

/// A run as its files tell it, which a forger changes before all of them are written anew.
///
/// Whatever the program derives from settings, ledger, images and probe then agrees.
struct ForgedRun {
  var settings: RunSettings
  var entries: [LedgerEntry]
  /// The adversarial images by their stable indices.
  var images: [Int: Image]
  var probe: ProbeFindings?
  var versions: [String: String]

  /// The run in a folder.
  init(_ folder: String, shape: FeatureShape) async throws {
    let run = try RecordedRun(folder)
    settings = run.settings
    entries = run.entries
    probe = run.probe
    versions = run.result.versions
    images = [:]
    let file = try HDF5File(reading: folder + "/adversarial.h5")
    let pixels = try file.tensor("x").withUnsafeElements { Array($0) }
    for (row, index) in try file.integers("index").enumerated() {
      let start = row * shape.count
      images[Int(index)] = Image(
        shape: shape, pixels: Array(pixels[start..<start + shape.count]))
    }
  }

  /// Writes everything that a run writes, from what it now says.
  func write(into folder: String, shape: FeatureShape) async throws {
    let journal = try RunDirectory(folder, settings: settings).journal(shape: shape)
    for var entry in entries {
      (entry.record, entry.recordSum) = (nil, nil)
      let image = entry.outcome == .fooled ? images[entry.index] : nil
      try await journal.settle(entry, adversarial: image)
    }
    try probe?.write(into: folder)
    let written = await journal.entries
    let result = EvaluationResult(
      settings: settings, entries: written, versions: versions, probe: probe)
    try await AdversarialFile.write(
      to: folder + "/adversarial.h5", from: journal, settings: settings)
    try ReportWriter.write(result, entries: written, into: folder, command: "robeval --eps 8/255")
    try RunSources(model: "net.h5", architecture: nil, dataset: nil, data: nil)
      .write(into: folder)
  }

  /// The position of the first entry of some kind.
  func first(_ outcome: LedgerEntry.Outcome, of attack: String? = nil) throws -> Int {
    try #require(
      entries.firstIndex { $0.outcome == outcome && (attack == nil || $0.attack == attack) })
  }

  /// Changes the first entry of some kind.
  mutating func change(
    _ outcome: LedgerEntry.Outcome, of attack: String? = nil,
    _ body: (inout LedgerEntry) -> Void
  ) throws { body(&entries[try first(outcome, of: attack)]) }
}

/// One forgery, and what must come of it.
struct ForgeryCase: Sendable, CustomTestStringConvertible {
  enum Kind: Sendable {
    /// Everything is written anew after a change.
    case consistent(@Sendable (inout ForgedRun) throws -> Void)
    /// One file of a finished run is changed.
    case single(@Sendable (ForgedFiles) throws -> Void)
  }

  enum Expectation: Sendable {
    /// Refused in one sentence with these words.
    case refused(String)
    /// Confirmed, with these words among what is not checked or taken on trust.
    case listed(String)
  }

  var name: String
  var kind: Kind
  var expectation: Expectation

  var testDescription: String { name }

  static func everywhere(
    _ name: String, _ expectation: Expectation,
    _ change: @escaping @Sendable (inout ForgedRun) throws -> Void
  ) -> ForgeryCase { ForgeryCase(name: name, kind: .consistent(change), expectation: expectation) }

  static func once(
    _ name: String, _ expectation: Expectation,
    _ change: @escaping @Sendable (ForgedFiles) throws -> Void
  ) -> ForgeryCase { ForgeryCase(name: name, kind: .single(change), expectation: expectation) }
}

/// The files of a run, to be changed one at a time.
struct ForgedFiles {
  let folder: String
  let run: RealRun

  func text(_ name: String) throws -> String {
    try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
  }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
  }

  /// Replaces the first place of some text, which must be there.
  func replace(_ old: String, with new: String, in name: String) throws {
    let text = try text(name)
    try #require(text.contains(old), "\(name) has no \(old)")
    try write(text.replacing(old, with: new, maxReplacements: 1), to: name)
  }

  func append(_ new: String, to name: String) throws { try write(try text(name) + new, to: name) }

  /// Puts a field behind the opening brace.
  func insert(_ field: String, in name: String) throws {
    try write("{\n  \(field)," + (try text(name)).dropFirst(), to: name)
  }

  func delete(_ name: String) throws {
    try FileManager.default.removeItem(atPath: folder + "/" + name)
  }
}
