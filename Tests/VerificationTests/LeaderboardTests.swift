import Evaluation
import Files
import Foundation
import Reports
import Tensors
import Testing

/// What may stand in one table, by rules written down by hand.
@Suite("Leaderboard") struct LeaderboardTests {
  /// Four images of which some are robust.
  private static func run(
    _ robust: Int, _ name: String, attacks: [String] = ["apgd-ce"], images: Int = 4,
    change: (inout RunSettings) -> Void = { _ in }
  ) throws -> RecordedResult {
    let fates = (0..<images).map { $0 < robust ? MadeUpRun.Fate.robust : .fooled(by: 0) }
    var run = try MadeUpRun(
      attacks.isEmpty ? fates.map { _ in .robust } : fates, attacks: attacks, model: name)
    change(&run.settings)
    for place in run.entries.indices {
      run.entries[place].index = run.settings.indices[run.entries[place].index]
    }
    return try recorded(run.result())
  }

  private static func recorded(_ result: EvaluationResult) throws -> RecordedResult {
    try JSONDecoder().decode(RecordedResult.self, from: Data(try jsonText(of: result).utf8))
  }

  /// The cells of the lines of a csv table that has no quotes.
  private static func rows(_ results: [RecordedResult]) -> [[String]] {
    Leaderboard(results).text(.csv).split(separator: "\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test("Another data set, norm or radius is another table with its own ranks")
  func tables() throws {
    let rows = Self.rows([
      try Self.run(1, "a"), try Self.run(3, "b"),
      try Self.run(4, "other norm") { $0.norm = .l2 },
      try Self.run(2, "other radius") { $0.radii = [Epsilon(recorded: "4/255", 4.0 / 255)] },
      try Self.run(2, "same radius") {
        $0.radii = [Epsilon(recorded: "0.03137254901960784", 8.0 / 255)]
      },
      try Self.run(4, "other data") { $0.dataset = "cifar100" },
    ])
    #expect(
      rows.map { Array($0[..<5]) }.map { $0.joined(separator: " ") } == [
        "cifar10 L2 8/255 1 other norm", "cifar10 Linf 4/255 1 other radius",
        "cifar10 Linf 8/255 1 b", "cifar10 Linf 8/255 2 same radius", "cifar10 Linf 8/255 3 a",
        "cifar100 Linf 8/255 1 other data",
      ])
  }

  @Test("What cannot be compared stands below with the reason")
  func reasons() throws {
    var partial = try MadeUpRun([.robust, .robust, .robust, .robust], attacks: ["apgd-ce"])
    partial.settings.model = "partial"
    partial.entries.removeLast()
    let rows = Self.rows([
      try Self.run(2, "x"), try Self.run(3, "y"), try Self.run(2, "z"), try Self.run(2, "x"),
      try Self.run(0, "unattacked", attacks: []),
      try Self.run(4, "fewer", images: 3 + 1) { $0.indices = [0, 1, 2, 9] },
      try Self.run(4, "sample") { $0.datasetSHA256 = "another" },
      try Self.run(4, "square", attacks: ["square"]),
      try Self.recorded(partial.result()),
    ])
    let ranked = rows.filter { !$0[3].isEmpty }.map { "\($0[3]) \($0[4]) \($0[6])" }
    #expect(ranked == ["1 y 75.00", "2 x 50.00", "2 z 50.00"])
    let reasons = Dictionary(
      rows.filter { $0[3].isEmpty }.map { ($0[4], "\($0[6]): \($0[12])") }
    ) { $0 + $1 }
    #expect(
      reasons == [
        "x": "50.00: the same run again", "unattacked": "not attacked: not attacked",
        "fewer": "100.00: other images: 4 indices from 0 to 9; the table's are indices 0–3",
        "sample":
          "100.00: other images under the same name: SHA-256 another…; the table's are data…",
        "square": "100.00: attacked with square",
        "partial": "not measured: partial: 3 of 4 images settled",
      ])
  }

  @Test("An invalid run has no rank, a suspicious one is flagged as potentially unreliable")
  func verdicts() throws {
    func judged(_ status: String, _ name: String) throws -> RecordedResult {
      let text = try jsonText(of: try MadeUpRun([.robust], attacks: ["pgd"], model: name).result())
      var object = try #require(
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      object["verdict"] = [
        "status": status,
        "evidence": [
          ["check": "input range", "status": status, "finding": "odd", "value": 1, "threshold": 0]
        ],
      ]
      return try JSONDecoder().decode(
        RecordedResult.self, from: try JSONSerialization.data(withJSONObject: object))
    }
    let rows = Self.rows([
      try judged("invalid", "a"), try judged("suspicious", "b"), try judged("reliable", "c"),
    ])
    #expect(
      rows.map { "\($0[3])|\($0[4])|\($0[8])|\($0[12])" } == [
        "1|b|yes (suspicious)|", "1|c|no|", "|a|yes (invalid)|invalid: input range: odd",
      ])
  }
}
