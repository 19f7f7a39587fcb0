import Evaluation
import Files
import Foundation
import Reports
import Testing

@Suite struct RunComparisonTests {
  private static func recorded(
    _ fates: [MadeUpRun.Fate], data: String = "data", in scratch: Scratch
  ) throws -> RecordedResult {
    let run = try MadeUpRun(fates, attacks: ["apgd-ce", "apgd-t"], data: data)
    let file = scratch.path("result.json")
    try jsonText(of: run.result()).write(toFile: file, atomically: true, encoding: .utf8)
    return try RecordedResult(file)
  }

  @Test func imagesThatChangedAreNamedWithTheAttack() throws {
    let scratch = try Scratch()
    let first = try Self.recorded(
      [.robust, .robust, .fooled(by: 0), .wrong, .robust, .fooled(by: 1)], in: scratch)
    let second = try Self.recorded(
      [.robust, .fooled(by: 1), .robust, .wrong, .wrong, .fooled(by: 0)], in: scratch)
    let comparison = try RunComparison(first, second)
    #expect(comparison.both == 1)
    #expect(comparison.neither == 2)
    #expect(comparison.changes.map(\.index) == [1, 2, 4])
    #expect(comparison.changes.map(\.isRobustInFirst) == [true, false, true])
    #expect(comparison.changes.map(\.fooledBy) == ["apgd-t", "apgd-ce", nil])
    // 2 against 1: no evidence at all.
    #expect(comparison.test.probability == 1)
    let text = ComparisonText(comparison).text
    #expect(text.contains("image 1: robust in A, in B fooled by apgd-t"))
    #expect(text.contains("image 4: robust in A, in B misclassified without an attack"))
  }

  @Test func runsOnOtherImagesAreRefused() throws {
    let scratch = try Scratch()
    let first = try Self.recorded([.robust, .robust], in: scratch)
    let shorter = try Self.recorded([.robust], in: scratch)
    let other = try Self.recorded([.robust, .robust], data: "other", in: scratch)
    for second in [shorter, other] {
      let error = #expect(throws: EvaluationError.self) { try RunComparison(first, second) }
      #expect(error?.exitCode == 65)
    }
  }

  @Test func whatIsNoResultIsRefused() throws {
    let scratch = try Scratch()
    try "{\"n\": 3}".write(toFile: scratch.path("x.json"), atomically: true, encoding: .utf8)
    let error = #expect(throws: FileError.self) { try RecordedResult(scratch.path("x.json")) }
    #expect(error?.exitCode == 65)
  }
}
