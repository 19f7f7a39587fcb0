internal import Attacks
public import Files
public import Tensors

/// The ledger and the adversarial images of a run, appended to from any lane.
public actor Journal {
  /// Nil of a finished run, which is read only.
  private var ledger: Ledger?
  private var store: AdversarialStore
  private let folder: RunFolder
  private var boundaryPath: String { folder.path + "/boundary.f32" }
  private var boundaryStore: AdversarialStore?
  /// Of every image and attack, the entry of its first radius if that did not fool the image.
  private var searches: [Search: LedgerEntry] = [:]
  /// Everything settled so far, in the order in which it was.
  public private(set) var entries: [LedgerEntry]

  private struct Search: Hashable {
    var index: Int
    var attack: String

    init(index: Int, attack: String) {
      self.index = index
      self.attack = attack
    }

    /// Nil for an entry that says nothing about other radii.
    init?(of entry: LedgerEntry) {
      guard entry.outcome == .survived else { return nil }
      self.init(index: entry.index, attack: entry.attack)
    }
  }

  init(
    _ ledger: Ledger?, _ entries: [LedgerEntry], store: AdversarialStore,
    _ boundaryStore: AdversarialStore?, in folder: RunFolder
  ) {
    self.ledger = ledger
    self.entries = entries
    self.store = store
    self.boundaryStore = boundaryStore
    self.folder = folder
    searches = Self.searches(in: entries)
  }

  /// Settles what an attack did to an image: the images first, then the line.
  ///
  /// - Parameters:
  ///   - entry: what happened.
  ///   - image: the adversarial image, if there is one.
  ///   - boundary: the nearest misclassified image, where larger radii will ask for it.
  /// - Throws: `FileError` when something cannot be written or another process has taken the folder;
  ///   the entry then does not count.
  public func settle(
    _ entry: LedgerEntry, adversarial image: Image?, boundary: Image? = nil
  ) throws(FileError) {
    try folder.confirm()
    var entry = entry
    if let image {
      let (record, sum) = try store.append(image)
      (entry.record, entry.recordSum) = (record, sum)
    }
    if let boundary {
      let (record, sum) = try append(boundary)
      (entry.boundaryRecord, entry.boundarySum) = (record, sum)
    }
    precondition(ledger != nil, "a finished run is read only")
    try ledger?.append(entry)
    entries.append(entry)
    if let search = Search(of: entry), searches[search] == nil { searches[search] = entry }
  }

  /// Most runs have one radius and no such file, so it is made only when it is needed.
  private func append(_ boundary: Image) throws(FileError) -> (record: Int, sum: String) {
    var store: AdversarialStore
    if let boundaryStore {
      store = boundaryStore
    } else {
      store = try AdversarialStore(boundaryPath, shape: shape)
      try store.keep(0)
    }
    defer { boundaryStore = store }
    return try store.append(boundary)
  }

  private static func searches(in entries: [LedgerEntry]) -> [Search: LedgerEntry] {
    let searches = entries.compactMap { entry in Search(of: entry).map { ($0, entry) } }
    return Dictionary(searches) { first, _ in first }
  }

  /// The extent of every image.
  public var shape: FeatureShape { store.shape }

  /// Reads an adversarial image back.
  ///
  /// - Parameter record: its number.
  /// - Returns: the image, bit for bit.
  /// - Throws: `FileError` when it is not there.
  public func image(_ record: Int) throws(FileError) -> Image { try store.image(record) }

  /// Reads an image back that was stored for larger radii.
  ///
  /// - Parameter record: its number.
  /// - Returns: the image, bit for bit.
  /// - Throws: `FileError` when it is not there.
  func boundaryImage(_ record: Int) throws(FileError) -> Image {
    guard let boundaryStore else {
      throw FileError(boundaryPath, "record \(record)", problem: "is not there")
    }
    return try boundaryStore.image(record)
  }

  /// What a `MinimumDistanceAttack` came across around an image within a smaller radius.
  ///
  /// - Parameters:
  ///   - index: of the image.
  ///   - attack: the attack's name.
  /// - Returns: whether it was run at all and, if it was, the nearest misclassified image.
  /// - Throws: `FileError` when that is not there.
  func search(
    around index: Int, by attack: String
  ) throws(FileError) -> (isKnown: Bool, boundary: Candidate.BoundaryPoint?) {
    guard let entry = searches[Search(index: index, attack: attack)] else { return (false, nil) }
    guard let record = entry.boundaryRecord, let distance = entry.boundaryDistance else {
      return (entry.boundaryDistance == nil, nil)
    }
    return (true, .init(image: try boundaryImage(record), distance: distance))
  }
}
