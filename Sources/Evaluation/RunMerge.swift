internal import Files
internal import Foundation
internal import Tensors

/// Finished runs over different images of one evaluation, to be made into one run.
///
/// The result is the one that a single run over all the images has, times aside. Runs that are not
/// shards can be merged too if no image is in two of them.
public struct RunMerge: Sendable {
  /// One of the runs.
  struct Part: Sendable {
    var path: String
    var settings: RunSettings
    var directory: RunDirectory
    var shape: FeatureShape?
  }

  private let parts: [Part]
  /// The settings of the run over all images.
  public let settings: RunSettings

  /// Opens the runs and checks that they belong together.
  ///
  /// - Parameter paths: of the runs' folders, at least one.
  /// - Throws: `FileError` when a folder holds no run or is in use; ``EvaluationError`` when a run
  ///   is not finished, two differ in more than their images, or images are missing or in two runs.
  public init(_ paths: [String]) throws {
    precondition(!paths.isEmpty, "something is merged")
    let folders = paths.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    for (place, folder) in folders.enumerated() where folders[..<place].contains(folder) {
      throw EvaluationError(
        kind: .usage, place: paths[place], problem: "is given twice; leave one out")
    }
    parts = try paths.map { path in
      let directory = try RunDirectory(reading: path)
      return Part(
        path: path, settings: directory.settings, directory: directory,
        shape: try Self.shape(of: path))
    }
    for part in parts.dropFirst() {
      if let difference = part.settings.differenceOfShard(from: parts[0].settings) {
        throw EvaluationError(
          kind: .data, place: part.path,
          problem: "does not belong to \(parts[0].path): \(difference)")
      }
    }
    settings = try Self.joined(parts)
  }

  /// The extent of the adversarial images in a finished run's file; nil when there are none.
  private static func shape(of path: String) throws -> FeatureShape? {
    let file = path + "/adversarial.h5"
    guard try FileContents.exist(at: file) else { throw unfinished(path) }
    let images = try HDF5File(reading: file)
    guard try images.kind(of: "x") != nil else { return nil }
    let shape = try images.description(of: "x").shape
    guard shape.count == 4, shape.allSatisfy({ $0 > 0 }) else {
      throw FileError(file, "x", problem: "is not a list of images; repeat the run")
    }
    return FeatureShape(channels: shape[1], height: shape[2], width: shape[3])
  }

  private static func isSame(_ path: String, _ other: String) -> Bool {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
      == URL(fileURLWithPath: other).resolvingSymlinksInPath().path
  }

  private static func isNotOfThese(_ path: String) -> EvaluationError {
    EvaluationError(
      kind: .data, place: path,
      problem: "holds a ledger that is not of these runs; choose another --out")
  }

  private static func unfinished(_ path: String) -> EvaluationError {
    EvaluationError(
      kind: .data, place: path,
      problem: "is not finished; repeat the command that started it, then merge again")
  }

  /// What the network was found to be before the runs, as it stands in every shard.
  ///
  /// Runs that are not shards asked about their own images; the one with the first image counts.
  ///
  /// - Returns: the findings; nil where the network was not probed.
  /// - Throws: `FileError` when they are damaged; ``EvaluationError`` when shards do not agree.
  private func probe() throws -> ProbeFindings? {
    let ordered = parts.sorted {
      ($0.settings.indices.first ?? 0) < ($1.settings.indices.first ?? 0)
    }
    let first = try ProbeFindings.read(from: ordered[0].path)
    for part in ordered.dropFirst() where part.settings.shard != nil {
      guard try ProbeFindings.read(from: part.path) == first else {
        throw EvaluationError(
          kind: .data, place: part.path,
          problem: "found the network to be another than \(ordered[0].path) did: their probe.json "
            + "differ; repeat both runs on like machines")
      }
    }
    return first
  }

  private static func joined(_ parts: [Part]) throws(EvaluationError) -> RunSettings {
    var owners: [Int: String] = [:]
    for part in parts {
      for index in part.settings.indices {
        if let owner = owners.updateValue(part.path, forKey: index) {
          throw EvaluationError(
            kind: .data, place: part.path,
            problem: "has image \(index), which \(owner) has too; give every image once")
        }
      }
    }
    var settings = parts[0].settings
    let all = settings.allIndices ?? owners.keys.sorted()
    let missing = all.filter { owners[$0] == nil }
    if !missing.isEmpty {
      let some = missing.prefix(5).map { "\($0)" }.joined(separator: ", ")
      throw EvaluationError(
        kind: .data, place: "merge",
        problem: "\(missing.count) of the \(all.count) images are in none of the runs: "
          + some + (missing.count > 5 ? ", …" : "") + "; give all the shards")
    }
    settings.indices = all
    // What one part did not record is not known of the whole.
    if parts.contains(where: { $0.settings.rounding == nil }) { settings.rounding = nil }
    settings.shard = nil
    settings.allIndices = nil
    return settings
  }

  /// Makes the run over all images: its ledger in order of the images, its images, what was known
  /// of the network, and where it was found.
  ///
  /// - Parameter path: of its folder; what an interrupted merge has left there is continued.
  /// - Returns: the run.
  /// - Throws: `FileError` when a ledger is damaged or the folder cannot be written;
  ///   ``EvaluationError`` when a run is not finished or the folder holds something else.
  public func merge(into path: String) async throws -> FinishedRun {
    let probe = try probe()
    if let part = parts.first(where: { Self.isSame($0.path, path) }) {
      throw EvaluationError(
        kind: .usage, place: path,
        problem: "is the folder of \(part.path), which is merged; choose another --out")
    }
    // A shard without adversarial images says nothing of their extent.
    let shape = parts.lazy.compactMap(\.shape).first ?? FeatureShape(channels: 1)
    var entries: [(entry: LedgerEntry, journal: Journal)] = []
    for part in parts {
      let journal = try part.directory.finishedJournal(shape: shape)
      let own = await journal.entries
      guard RobustBounds(part.settings, entries: own).isComplete else {
        throw Self.unfinished(part.path)
      }
      entries += own.map { ($0, journal) }
    }
    // The order of one image's entries is the order of the attacks.
    let sorted = entries.enumerated()
      .sorted { ($0.element.entry.index, $0.offset) < ($1.element.entry.index, $1.offset) }
      .map(\.element)

    let directory = try RunDirectory(path, settings: settings)
    let merged = try directory.journal(shape: shape)
    let known = Dictionary(grouping: await merged.entries, by: \.index)
    for (entry, journal) in sorted {
      if let own = known[entry.index]?.first(where: { $0.step == entry.step }) {
        guard own.isCopy(of: entry) else { throw Self.isNotOfThese(path) }
        continue
      }
      var image: Image?
      if let record = entry.record { image = try await journal.image(record) }
      var boundary: Image?
      if let record = entry.boundaryRecord { boundary = try await journal.boundaryImage(record) }
      try await merged.settle(entry, adversarial: image, boundary: boundary)
    }
    guard await merged.entries.count == sorted.count else { throw Self.isNotOfThese(path) }
    try probe?.write(into: path)
    // The parts' own notes; checksums tell whether what lies there is still what was evaluated.
    let sources = try parts.compactMap { try RunSources.read(from: $0.path) }
    try sources.first?.write(into: path)
    return try await FinishedRun(directory, merged, settings)
  }
}

extension LedgerEntry {
  /// Whether two entries are equal but for where their images are stored.
  fileprivate func isCopy(of other: LedgerEntry) -> Bool {
    var twin = other
    twin.record = record
    twin.boundaryRecord = boundaryRecord
    // Older runs have no checksums.
    twin.recordSum = recordSum
    twin.boundarySum = boundarySum
    return self == twin && (record == nil) == (other.record == nil)
      && (boundaryRecord == nil) == (other.boundaryRecord == nil)
  }
}
