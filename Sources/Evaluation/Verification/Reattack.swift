internal import Attacks
public import Datasets
public import Execution
internal import Foundation
internal import Tensors

/// Attacks some images of a run anew, and compares how each ends.
///
/// This is the only check of what a run says of survivors: nothing but the ledger says that they
/// were attacked.
public struct Reattack: Sendable {
  /// An image that ended otherwise.
  public struct Difference: Hashable, Sendable {
    /// The stable index.
    public let index: Int
    /// How it ended in the run, for example `robust` or `fooled by square`.
    public let recorded: String
    /// How it ended now.
    public let found: String
  }

  /// The stable indices of the images, ascending.
  public let indices: [Int]
  /// The seed that chose them.
  public let choice: UInt64
  /// Those that ended otherwise.
  public private(set) var differences: [Difference] = []

  private let run: RecordedRun
  private let attacks: AttackList

  /// Chooses images among those that the network classifies correctly.
  ///
  /// - Parameters:
  ///   - run: what is claimed; it should have been verified.
  ///   - count: how many images; all where there are fewer.
  ///   - choice: the seed of the choice, which nobody should know beforehand.
  /// - Throws: ``EvaluationError`` when the run's attacks are none.
  public init(_ run: RecordedRun, count: Int, choice: UInt64) throws {
    self.run = run
    self.choice = choice
    let settings = run.settings
    attacks = try AttackList(
      recorded: settings.attacks.map { ($0.name, $0.settings) }, in: settings.norm)
    let random = RandomStream(seed: choice)
    let drawn = run.entries.filter { $0.outcome == .correct }.map { entry in
      var stream = random.forked(entry.index)
      return (lot: stream.uniform(), index: entry.index)
    }
    indices = drawn.sorted { ($0.lot, $0.index) < ($1.lot, $1.index) }.prefix(count)
      .map(\.index).sorted()
  }

  /// Attacks them.
  ///
  /// - Parameters:
  ///   - pool: who computes.
  ///   - dataset: the images the run was about.
  /// - Throws: what an evaluation throws.
  public mutating func attack(on pool: LanePool, in dataset: Dataset) async throws {
    let chosen = Set(indices)
    var settings = run.settings
    (settings.indices, settings.shard, settings.allIndices) = (indices, nil, nil)
    let folder = FileManager.default.temporaryDirectory.appending(path: "reattack-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let journal = try RunDirectory(folder, settings: settings).journal(shape: dataset.shape)
    try await EvaluationRun(
      dataset: dataset,
      positions: (0..<dataset.count).filter { chosen.contains(dataset.index(at: $0)) },
      attacks: Array(attacks), norm: settings.norm, radii: settings.radii, seed: settings.seed
    ).run(on: pool, into: journal) { _ in }
    let recorded = Self.ends(run.entries)
    let found = Self.ends(await journal.entries)
    differences = indices.compactMap { index in
      let (was, now) = (recorded[index] ?? "", found[index] ?? "")
      return was == now ? nil : Difference(index: index, recorded: was, found: now)
    }
  }

  /// How every image ended.
  private static func ends(_ entries: [LedgerEntry]) -> [Int: String] {
    var ends: [Int: String] = [:]
    for entry in entries {
      switch entry.outcome {
      case .wrong: ends[entry.index] = "wrong"
      case .fooled: ends[entry.index] = "fooled by \(entry.step)"
      case .correct, .survived, .rejected:
        if ends[entry.index] == nil { ends[entry.index] = "robust" }
      }
    }
    return ends
  }

  /// Refuses what rounding cannot explain.
  ///
  /// The same library on the same kind of machine gives the same bits, so that nothing may differ.
  /// Another one takes other ways where a gradient is nearly zero, and a few images in a hundred
  /// end otherwise.
  ///
  /// - Parameter isSameSearch: whether backend and rounding are the run's.
  /// - Throws: ``EvaluationError`` with the first difference.
  public func check(isSameSearch: Bool) throws(EvaluationError) {
    guard let first = differences.first,
      isSameSearch || differences.count > 1 + indices.count / 20
    else { return }
    throw run.contradiction(
      "ledger.jsonl",
      "image \(first.index) is \(first.recorded); attacked anew it is \(first.found) "
        + "(\(differences.count) of \(indices.count) images attacked anew end otherwise; "
        + "--reattack-seed \(choice) chooses the same)")
  }
}
