public import Files
public import Tensors

/// The ledger and the adversarial images of a run, appended to from any lane.
public actor Journal {
  private let ledger: Ledger
  private var store: AdversarialStore
  /// Everything settled so far, in the order in which it was.
  public private(set) var entries: [LedgerEntry]

  init(ledger: Ledger, store: AdversarialStore) {
    self.ledger = ledger
    self.store = store
    entries = ledger.known
  }

  /// Settles what an attack did to an image: the image first, then the line.
  ///
  /// - Parameters:
  ///   - entry: what happened.
  ///   - image: the adversarial image, if there is one.
  /// - Throws: `FileError` when either cannot be written; the entry then does not count.
  public func settle(_ entry: LedgerEntry, adversarial image: Image?) throws(FileError) {
    var entry = entry
    if let image { entry.record = try store.append(image) }
    try ledger.append(entry)
    entries.append(entry)
  }

  /// The extent of every image.
  public var shape: FeatureShape { store.shape }

  /// Reads an adversarial image back.
  ///
  /// - Parameter record: its number.
  /// - Returns: the image, bit for bit.
  /// - Throws: `FileError` when it is not there.
  public func image(_ record: Int) throws(FileError) -> Image { try store.image(record) }
}
