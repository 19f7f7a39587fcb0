/// A demand on the robust accuracy.
public struct AccuracyGate: Hashable, Sendable {
  /// The least accuracy that passes, in percent.
  public let percent: Double

  /// Creates a gate.
  ///
  /// - Parameter percent: from 0 to 100.
  public init(percent: Double) {
    precondition((0...100).contains(percent), "an accuracy is from 0 to 100 percent")
    self.percent = percent
  }

  /// How it ends.
  public enum Outcome: String, Hashable, Sendable, Codable {
    /// The accuracy is at least what is demanded.
    case passed
    /// It is below.
    case failed
  }

  /// How it ends whatever the images give that are not settled.
  ///
  /// - Parameter bounds: of the robust accuracy, in whole images, so that 50 % of 2 is not below 50.
  /// - Returns: the outcome; nil while it is open.
  public func outcome(for bounds: RobustBounds) -> Outcome? {
    let demanded = percent * Double(bounds.images)
    if Double(bounds.atMost) * 100 < demanded { return .failed }
    return Double(bounds.atLeast) * 100 >= demanded ? .passed : nil
  }
}

/// What is certain about the robust accuracy of a run that may not be finished.
public struct RobustBounds: Hashable, Sendable {
  /// How many images the run is about.
  public let images: Int
  /// Images that have survived everything.
  public private(set) var atLeast = 0
  /// Images that are neither misclassified nor fooled so far.
  public private(set) var atMost: Int
  /// One for the clean pass and one for every attack within every radius.
  private let steps: Int
  private var survived: [Int: Int] = [:]

  /// Creates the bounds of a run.
  ///
  /// - Parameters:
  ///   - images: how many the run is about.
  ///   - attacks: how many attacks an image has to survive, each radius counted.
  ///   - entries: what is settled already.
  public init(images: Int, attacks: Int, entries: [LedgerEntry] = []) {
    self.images = images
    atMost = images
    steps = 1 + attacks
    for entry in entries { add(entry) }
  }

  /// Counts an entry that was just settled.
  ///
  /// - Parameter entry: what happened.
  public mutating func add(_ entry: LedgerEntry) {
    switch entry.outcome {
    case .wrong, .fooled: atMost -= 1
    case .correct, .survived, .rejected:
      survived[entry.index, default: 0] += 1
      if survived[entry.index] == steps { atLeast += 1 }
    }
  }

  /// Whether every image is settled.
  public var isComplete: Bool { atLeast == atMost }

  /// Images that are settled, one way or the other.
  public var settled: Int { images - atMost + atLeast }

  /// Whether an image has survived some attacks at least.
  func hasSurvived(_ index: Int, attacks: Int) -> Bool { survived[index, default: 0] > attacks }
}

extension RobustBounds {
  /// The bounds of a run as far as it is settled.
  init(_ settings: RunSettings, entries: [LedgerEntry]) {
    self.init(
      images: settings.indices.count,
      attacks: settings.radii.count * settings.attacks.count, entries: entries)
  }
}
