import Attacks
import Evaluation
import Execution
import Files
import Foundation
import Reports
import Synchronization
import Tensors
import Testing

@Suite(.timeLimit(.minutes(15))) struct EvaluationRunTests {
  private let scratch = try? Scratch()

  @Test func lanesWidthAndInterruptionsDoNotChangeTheResult() async throws {
    let scratch = try #require(scratch)
    let run = try SmallRun()
    let entries = try await run.settle(in: scratch.path("first"), lanes: 1, width: 1)
    let json = try SmallRun.timeless(try jsonText(of: run.result(entries)))
    let images = try await Self.adversarialImages(run, entries, in: scratch.path("first"))
    #expect(json.contains("\"seconds\" : 0,"))
    for (lanes, width) in [(1, 7), (1, 16), (1, 32), (2, 1), (2, 7), (2, 16), (2, 32)] {
      let folder = scratch.path("\(lanes)x\(width)")
      let others = try await run.settle(in: folder, lanes: lanes, width: width)
      #expect(SmallRun.timeless(others) == SmallRun.timeless(entries))
      #expect(try SmallRun.timeless(try jsonText(of: run.result(others))) == json)
      #expect(try await Self.adversarialImages(run, others, in: folder) == images)
    }
    // Stopped after every few images; the last attempt finds nothing left to do.
    let folder = scratch.path("stopped")
    var last: [LedgerEntry]?
    var attempts = 0
    while last == nil, attempts < 100 {
      attempts += 1
      last = try await Self.interrupted(run, after: 9, in: folder)
    }
    let resumed = try #require(last)
    #expect(attempts > 3)
    #expect(SmallRun.timeless(resumed) == SmallRun.timeless(entries))
    #expect(try SmallRun.timeless(try jsonText(of: run.result(resumed))) == json)
    #expect(try await Self.adversarialImages(run, resumed, in: folder) == images)
  }

  /// Runs until a number of entries is settled; nil when that ended it.
  private static func interrupted(
    _ run: SmallRun, after limit: Int, in folder: String
  ) async throws -> [LedgerEntry]? {
    let settled = Mutex(0)
    // Cancelled by the observer itself, so that a busy machine cannot delay it.
    let cancel = Mutex<(@Sendable () -> Void)?>(nil)
    let task = Task {
      // Not before it can be cancelled.
      while cancel.withLock({ $0 == nil }) { await Task.yield() }
      return try await run.settle(in: folder, lanes: 2, width: 3) { _ in
        if settled.withLock({ settled in
          settled += 1
          return settled
        }) == limit {
          cancel.withLock { $0 }?()
        }
      }
    }
    cancel.withLock { $0 = { task.cancel() } }
    do {
      return try await task.value
    } catch is CancellationError {
      return nil
    }
  }

  private static func adversarialImages(
    _ run: SmallRun, _ entries: [LedgerEntry], in folder: String
  ) async throws -> [Int: Image] {
    let shape = FeatureShape(channels: 3, height: 32, width: 32)
    let journal = try RunDirectory(folder, settings: run.settings).journal(shape: shape)
    var images: [Int: Image] = [:]
    for entry in entries {
      if let record = entry.record { images[entry.index] = try await journal.image(record) }
    }
    return images
  }

  @Test func theLedgerTellsEveryImagesStory() async throws {
    let run = try SmallRun()
    let entries = try await run.settle(in: try #require(scratch).path("run"))
    let result = run.result(entries)
    #expect(result.clean.attacked == 24)
    #expect(result.cleanCorrect.count == entries.count { $0.outcome == .correct })
    #expect(result.attacks[0].attacked == result.cleanCorrect.count)
    #expect(result.attacks[1].attacked == result.attacks[0].attacked - result.attacks[0].fooled)
    #expect(result.robust.count == result.attacks[1].attacked - result.attacks[1].fooled)
    #expect(result.robust.count > 0 && result.attacks[0].fooled > 0, "the run shows nothing")
    for entry in entries {
      #expect((entry.outcome == .fooled) == (entry.record != nil))
      if entry.attack != LedgerEntry.clean { #expect(entry.distance <= 8.0 / 255 + 1e-6) }
      #expect(
        (entry.predicted == entry.label) == (entry.outcome != .fooled && entry.outcome != .wrong))
      #expect((entry.margin > 0) == (entry.predicted == entry.label))
    }
    // An image that survives 10 steps: one question at the start and one a step.
    for entry in entries where entry.attack == "apgd-ce" && entry.outcome == .survived {
      #expect((10...12).contains(entry.passes.forwards))
      #expect((10...11).contains(entry.passes.backwards))
    }
  }

  @Test func aRadiusOfZeroChangesNothing() async throws {
    let run = try SmallRun(eps: "0")
    let entries = try await run.settle(in: try #require(scratch).path("run"))
    let result = run.result(entries)
    #expect(result.robust == result.cleanCorrect)
    #expect(result.robust.count > 0)
    let clean = Dictionary(grouping: entries.filter { $0.attack == LedgerEntry.clean }, by: \.index)
    for entry in entries where entry.attack != LedgerEntry.clean {
      #expect(entry.outcome == .survived)
      #expect(entry.distance == 0)
      #expect(entry.margin == clean[entry.index]?.first?.margin)
    }
  }

  @Test func reportAndTableSayWhatTheResultSays() async throws {
    let run = try SmallRun()
    let entries = try await run.settle(in: try #require(scratch).path("run"))
    let result = run.result(entries)
    let table = ImageTable(result, entries: entries).text.split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let header = try #require(table.first).map(String.init)
    func column(_ name: String) throws -> [String] {
      let position = try #require(header.firstIndex(of: name))
      return table.dropFirst().map { String($0[position]) }
    }
    #expect(try column("index").compactMap { Int($0) } == run.settings.indices)
    let robust = zip(try column("index"), try column("robust")).filter { $0.1 == "1" }
    #expect(robust.compactMap { Int($0.0) } == result.robustIndices)
    for attack in result.attacks {
      #expect(try column("fooled_by").count { $0 == attack.name } == attack.fooled)
    }
    let forwards = try column("forwards").compactMap { Int($0) }.reduce(0, +)
    #expect(forwards == result.attacks.reduce(0) { $0 + $1.forwards })

    let page = MarkdownReport(result, command: "robeval --model a.h5 --eps 8/255").text
    let (clean, left) = (result.cleanCorrect, result.robust)
    #expect(page.contains("| clean | \(clean.count) / 24 | \(clean.percent) |"))
    #expect(
      page.contains("| robust under these attacks | \(left.count) / 24 | \(left.percent) |"))
    for attack in result.attacks {
      #expect(page.contains("| \(attack.name) | \(attack.attacked) | \(attack.fooled) |"))
    }
    #expect(page.contains("built-in sample"))
    #expect(page.contains(result.settings.modelSHA256))
    let log = AttackLog(result).text
    #expect(log.contains("robust accuracy: " + left.percent.replacing(" ", with: "")))
  }

  @Test func resultJSONHoldsTheDocumentedFields() async throws {
    let run = try SmallRun(images: 6)
    let entries = try await run.settle(in: try #require(scratch).path("run"))
    let text = try jsonText(of: run.result(entries))
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    for field in [
      "model", "model_sha256", "dataset", "norm", "eps", "eps_value", "seed", "n", "indices",
      "clean_correct", "clean_accuracy", "robust", "robust_accuracy", "robust_indices",
      "clopper_pearson95", "wilson95", "attacks", "seconds", "backend", "versions",
    ] {
      #expect(object[field] != nil, "\(field)")
    }
    #expect(object["n"] as? Int == 6)
    #expect(object["eps"] as? String == "8/255")
    let attacks = try #require(object["attacks"] as? [[String: Any]])
    #expect(attacks.compactMap { $0["name"] as? String } == ["apgd-ce", "apgd-t"])
    for field in ["attacked", "fooled", "fooled_indices", "forwards", "backwards", "seconds"] {
      #expect(attacks.allSatisfy { $0[field] != nil }, "\(field)")
    }
  }
}
