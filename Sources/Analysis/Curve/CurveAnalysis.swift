public import Evaluation
internal import Files
internal import Tensors

/// Robust accuracy over the radius, from one nested run or several runs of each network.
public struct CurveAnalysis: Sendable, Encodable {
  /// One radius.
  public struct Point: Sendable, Encodable, Hashable {
    /// As it was written; `0` for clean images.
    public let eps: String
    /// In units of [0, 1] pixels.
    public let value: Double
    /// Images that stand.
    public let robust: Int
    /// All images.
    public let images: Int
    /// Their share.
    public let accuracy: Double
    /// 95 %, by Clopper and Pearson.
    public let interval: [Double]
  }

  /// A network under one list of attacks.
  public struct Series: Sendable, Encodable {
    /// The network.
    public let network: AnalysisSource.Network
    /// In order.
    public let attacks: [String]
    /// From the clean images on.
    public let points: [Point]
    /// Of each image classified correctly of which it is known, ascending: the distance of the nearest
    /// misclassified image that any attack came across; empty where no search for the nearest ran.
    public let distances: [Double]
  }

  /// By network, in order of the runs.
  public let series: [Series]
  /// What all runs have in common.
  public let norm: String
  let images: Int
  let dataset: String
  let datasetSHA256: String
  let backend: String

  private enum CodingKeys: String, CodingKey { case series, norm }

  /// Joins runs.
  ///
  /// - Parameter runs: at least one.
  /// - Throws: `EvaluationError` when two cannot stand in one picture.
  public init(_ runs: [RecordedRun]) throws(EvaluationError) {
    let first = runs[0].settings
    for run in runs {
      let settings = run.settings
      let difference: String? =
        if settings.attacks.isEmpty {
          "attacked nothing"
        } else if settings.norm != first.norm {
          "is a run in \(settings.norm.rawValue), and \(runs[0].path) in \(first.norm.rawValue)"
        } else if settings.datasetSHA256 != first.datasetSHA256 || settings.indices != first.indices
        {
          "has other images than \(runs[0].path)"
        } else {
          nil
        }
      if let difference {
        throw EvaluationError(
          kind: .data, place: run.path,
          problem: "\(difference), so that there is no curve of both; leave it out")
      }
    }
    norm = first.norm.rawValue
    images = first.indices.count
    (dataset, datasetSHA256) = (first.dataset, first.datasetSHA256)
    backend = first.backend
    var groups: [[RecordedRun]] = []
    for run in runs {
      let place = groups.firstIndex {
        $0[0].settings.modelSHA256 == run.settings.modelSHA256
          && $0[0].settings.attackTexts == run.settings.attackTexts
      }
      if let place { groups[place].append(run) } else { groups.append([run]) }
    }
    series = groups.map(Self.series)
  }

  private static func series(of runs: [RecordedRun]) -> Series {
    let settings = runs[0].settings
    var points = [point("0", 0, runs[0].result.cleanCorrect)]
    for (radius, robust) in runs.flatMap(\.result.robustWithin) {
      // Where two runs have a radius, what fell in either has fallen.
      let found = point(radius.text, radius.value, robust)
      if let place = points.firstIndex(where: { $0.value == radius.value }) {
        if found.robust < points[place].robust { points[place] = found }
      } else {
        points.append(found)
      }
    }
    return Series(
      network: .init(
        file: settings.model, architecture: settings.architecture, sha256: settings.modelSHA256),
      attacks: settings.attackTexts, points: points.sorted { $0.value < $1.value },
      distances: distances(runs.flatMap(\.entries)))
  }

  private static func point(_ eps: String, _ value: Double, _ share: Proportion) -> Point {
    Point(
      eps: eps, value: value, robust: share.count, images: share.total, accuracy: share.value,
      interval: [share.clopperPearson.lowerBound, share.clopperPearson.upperBound])
  }

  private static func distances(_ entries: [LedgerEntry]) -> [Double] {
    guard entries.contains(where: { $0.boundaryDistance != nil }) else { return [] }
    var nearest: [Int: Double] = [:]
    for entry in entries {
      let known =
        [entry.boundaryDistance, entry.outcome == .fooled ? entry.distance : nil]
        .compactMap { $0 }.min()
      if let known { nearest[entry.index] = min(known, nearest[entry.index] ?? .infinity) }
    }
    return nearest.values.sorted()
  }
}
