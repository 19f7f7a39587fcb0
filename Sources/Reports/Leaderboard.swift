public import Evaluation
internal import Files
internal import Foundation
internal import Tensors

/// Many runs in tables, one for each data set, norm and radius, the most robust network first.
///
/// A table ranks what can be compared: finished runs on the same images, attacked with the same list.
/// The others stand below it with the reason.
public struct Leaderboard: Sendable {
  /// A run within one radius.
  struct Entry: Sendable {
    let result: RecordedResult
    let radius: Epsilon
    /// Nil where nothing attacked or the run is not finished.
    let robust: Proportion?
    /// Where the run's own page is.
    let page: String?

    var settings: RunSettings { result.settings }

    var comparability: Comparability {
      Comparability(
        datasetSHA256: settings.datasetSHA256, indices: settings.indices,
        attacks: settings.attackTexts)
    }
  }

  /// What two runs must have in common to be ranked against each other.
  struct Comparability: Hashable, Sendable {
    let datasetSHA256: String
    let indices: [Int]
    let attacks: [String]
  }

  /// One table.
  struct Table: Sendable {
    let dataset: String
    let norm: Norm
    let eps: String
    /// From the most robust on; equals share a rank.
    let ranked: [(rank: Int, entry: Entry)]
    /// Everything else, with the reason.
    let others: [(entry: Entry, reason: String)]
  }

  let tables: [Table]

  /// Creates the tables.
  ///
  /// - Parameters:
  ///   - results: of the runs, in any order; equal accuracies are in order of the names. A run with
  ///     several radii stands in the table of each.
  ///   - pages: paths of the runs' own pages, in the same order, nil where there is none; nothing
  ///     for tables without links.
  public init(_ results: [RecordedResult], pages: [String?] = []) {
    precondition(pages.isEmpty || pages.count == results.count, "every run has a page or nil")
    let entries = results.enumerated().flatMap { number, result in
      Self.entries(of: result, page: pages.isEmpty ? nil : pages[number])
    }
    let groups = Dictionary(grouping: entries) { entry in
      Place(
        dataset: entry.settings.dataset, norm: entry.settings.norm.rawValue,
        radius: Float(entry.radius.value))
    }
    tables = groups.sorted { $0.key < $1.key }.map { Self.table(of: $0.value) }
  }

  /// Where a run belongs; radii are equal as the attacks see them.
  private struct Place: Hashable, Comparable {
    let dataset: String
    let norm: String
    let radius: Float

    static func < (left: Place, right: Place) -> Bool {
      (left.dataset, left.norm, left.radius) < (right.dataset, right.norm, right.radius)
    }
  }

  private static func entries(of result: RecordedResult, page: String?) -> [Entry] {
    if result.robust == nil || result.partial != nil {
      return result.settings.radii.map {
        Entry(result: result, radius: $0, robust: nil, page: page)
      }
    }
    return result.robustWithin.map {
      Entry(result: result, radius: $0.radius, robust: $0.robust, page: page)
    }
  }

  private static func table(of entries: [Entry]) -> Table {
    let sorted = entries.sorted { left, right in
      let (mine, other) = (left.robust?.value ?? -1, right.robust?.value ?? -1)
      return (other, left.settings.model, left.settings.seed)
        < (mine, right.settings.model, right.settings.seed)
    }
    var (finished, others): ([Entry], [(entry: Entry, reason: String)]) = ([], [])
    for entry in sorted {
      if let reason = entry.ownReason {
        others.append((entry, reason))
      } else if finished.contains(where: { $0.settings == entry.settings }) {
        others.append((entry, "the same run again"))
      } else {
        finished.append(entry)
      }
    }
    let common = commonest(finished)
    var ranked: [(rank: Int, entry: Entry)] = []
    for entry in finished {
      if let common, let reason = entry.comparability.difference(from: common) {
        others.append((entry, reason))
        continue
      }
      let isTie = ranked.last?.entry.robust == entry.robust
      ranked.append((isTie ? ranked[ranked.count - 1].rank : ranked.count + 1, entry))
    }
    return Table(
      dataset: sorted[0].settings.dataset, norm: sorted[0].settings.norm,
      eps: sorted[0].radius.text, ranked: ranked, others: others)
  }

  /// What most runs have in common; among equals the one with more images, then with more attacks.
  private static func commonest(_ entries: [Entry]) -> Comparability? {
    let groups = Dictionary(grouping: entries, by: \.comparability)
    return groups.max { left, right in
      let (one, other) = (left.key, right.key)
      return (
        left.value.count, one.indices.count, one.attacks.count, one.attacks.joined(),
        one.datasetSHA256
      ) < (
        right.value.count, other.indices.count, other.attacks.count, other.attacks.joined(),
        other.datasetSHA256
      )
    }?.key
  }
}

extension Leaderboard.Entry {
  /// Why the run is not ranked, whatever the others are; nil where nothing speaks against it.
  fileprivate var ownReason: String? {
    if settings.attacks.isEmpty { return "not attacked" }
    if let partial = result.partial {
      return "partial: \(partial.settled) of \(counted(settings.indices.count, "image")) settled"
    }
    if let shard = settings.shard {
      return "shard \(shard) of \(settings.allIndices?.count ?? 0) images; merge the shards first"
    }
    guard result.verdict.status == .invalid else { return nil }
    let fault = result.verdict.evidence.first.map { ": \($0.check): \($0.finding)" }
    return "invalid" + (fault ?? "")
  }
}

extension Leaderboard.Comparability {
  /// Why a run cannot be ranked among others; nil where it can.
  fileprivate func difference(from common: Self) -> String? {
    if indices != common.indices {
      return "other images: \(MarkdownReport.ranges(indices)); the table's are "
        + MarkdownReport.ranges(common.indices)
    }
    if datasetSHA256 != common.datasetSHA256 {
      return "other images under the same name: SHA-256 \(datasetSHA256.prefix(12))…; the table's "
        + "are \(common.datasetSHA256.prefix(12))…"
    }
    if attacks == common.attacks { return nil }
    return "attacked with \(attacks.joined(separator: ", "))"
  }
}
