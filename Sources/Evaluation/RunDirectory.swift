public import Files
public import Tensors

/// The folder of one run, owned by one process at a time.
public struct RunDirectory: Sendable {
  /// The folder.
  public var path: String { folder.path }
  /// The run's settings as they stand in the folder.
  public let settings: RunSettings
  /// Whose it is.
  public let folder: RunFolder

  /// Opens a folder for a run, making it when absent, and checks that it holds nothing else.
  ///
  /// - Parameters:
  ///   - path: of the folder.
  ///   - settings: of the run.
  /// - Throws: `FileError` when it cannot be made, is in use, or holds another run or other files.
  public init(_ path: String, settings: RunSettings) throws(FileError) {
    (folder, self.settings) = try RunFolder.claim(path, for: settings)
  }

  /// Opens the folder of a run that exists, to read it.
  init(reading path: String) throws(FileError) {
    (folder, settings) = try RunFolder.reading(path, RunSettings.self)
    if let problem = settings.problem {
      throw FileError(path + "/run.json", problem: "\(problem); no run writes that; repeat the run")
    }
  }

  /// Whether a folder holds a run and this very one.
  ///
  /// - Parameters:
  ///   - settings: of the run.
  ///   - path: of the folder, which need not exist.
  /// - Returns: whether ``init(_:settings:)`` would continue it.
  public static func holds(_ settings: RunSettings, at path: String) -> Bool {
    RunFolder.holds(settings, at: path)
  }

  /// Opens the ledger and the store of adversarial images, and drops what cannot be relied on.
  ///
  /// - Parameters:
  ///   - shape: of every image.
  ///   - notice: told, a sentence each, what was dropped.
  /// - Returns: a journal with everything known so far.
  /// - Throws: `FileError` when either cannot be written.
  public func journal(
    shape: FeatureShape, notice: (String) -> Void = { _ in }
  ) throws(FileError) -> Journal {
    var store = try AdversarialStore(path + "/adversarial.f32", shape: shape)
    var boundaryStore: AdversarialStore?
    if try FileContents.exist(at: path + "/boundary.f32") {
      boundaryStore = try AdversarialStore(path + "/boundary.f32", shape: shape)
    }
    let ledger = try Ledger(
      path + "/ledger.jsonl", of: settings,
      examining: { $0.check(store, boundaryStore) }, notice: notice)
    try store.keep((ledger.known.compactMap(\.record).max() ?? -1) + 1)
    try boundaryStore?.keep((ledger.known.compactMap(\.boundaryRecord).max() ?? -1) + 1)
    return Journal(ledger, ledger.known, store: store, boundaryStore, in: folder)
  }

  /// Opens ledger and store of a finished run, and changes neither.
  ///
  /// - Parameter shape: of every image.
  /// - Returns: a journal that cannot be written to.
  /// - Throws: `FileError` when either is missing or damaged.
  func finishedJournal(shape: FeatureShape) throws(FileError) -> Journal {
    let store = try AdversarialStore(reading: path + "/adversarial.f32", shape: shape)
    var boundaryStore: AdversarialStore?
    if try FileContents.exist(at: path + "/boundary.f32") {
      boundaryStore = try AdversarialStore(reading: path + "/boundary.f32", shape: shape)
    }
    let entries = try Ledger.entries(of: path + "/ledger.jsonl", of: settings) {
      $0.check(store, boundaryStore)
    }
    return Journal(nil, entries, store: store, boundaryStore, in: folder)
  }
}

extension LedgerReading {
  /// Drops the lines whose images are not what was stored, and gives checksums to those without.
  fileprivate mutating func check(_ store: AdversarialStore, _ boundaryStore: AdversarialStore?) {
    for line in lines {
      var entry = line.entry
      if let record = entry.record {
        let sum = store.sum(of: record)
        guard let sum, sum == entry.recordSum ?? sum else {
          drop(line, because: "its image, record \(record) of adversarial.f32, is damaged")
          continue
        }
        entry.recordSum = sum
      }
      if let record = entry.boundaryRecord {
        let sum = boundaryStore?.sum(of: record)
        guard let sum, sum == entry.boundarySum ?? sum else {
          drop(line, because: "its image, record \(record) of boundary.f32, is damaged")
          continue
        }
        entry.boundarySum = sum
      }
      if entry != line.entry { replace(line, by: entry) }
    }
  }
}
