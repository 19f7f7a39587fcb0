import Datasets
import Evaluation
import Foundation
import OpenBLASBackend
import Tensors
import Testing

/// A forger may change one file, or all of them so that they agree; none of it passes unseen.
@Suite(.timeLimit(.minutes(5))) struct ForgeryTests {
  private static let cases =
    ForgeryCase.settings + ForgeryCase.ledger + ForgeryCase.probes + ForgeryCase.pages
    + ForgeryCase.images

  /// A run in which images are wrong, fooled by either attack, and robust.
  private static func settled(in scratch: Scratch) async throws -> RealRun {
    let run = try RealRun(
      "apgd-ce(steps=5),square(queries=20)", eps: "2/255", images: 150,
      changing: { $0 = try NearestMean.model(of: RealRun.sample()) })
    // oneDNN has no fast gradient of a layer that is as large as the image.
    _ = try await run.settle(in: scratch.path("run"), by: OpenBLASBackend())
    return run
  }

  @Test func noForgeryPassesUnseen() async throws {
    let scratch = try Scratch()
    let run = try await Self.settled(in: scratch)
    let honest = try await ForgedRun(scratch.path("run"), shape: run.dataset.shape)
    for outcome: LedgerEntry.Outcome in [.correct, .wrong] { _ = try honest.first(outcome) }
    for attack in ["apgd-ce", "square"] {
      _ = try (honest.first(.fooled, of: attack), honest.first(.survived, of: attack))
    }
    try await honest.write(into: scratch.path("base"), shape: run.dataset.shape)
    let verdict = try await run.verdict(on: scratch.path("base"))
    try #require(verdict.isConfirmed, "the run itself: \(verdict.text)")
    for (number, forgery) in Self.cases.enumerated() {
      let folder = scratch.path("forged\(number)")
      switch forgery.kind {
      case .consistent(let change):
        var forged = honest
        try change(&forged)
        try await forged.write(into: folder, shape: run.dataset.shape)
      case .single(let change):
        _ = try scratch.copy("base", to: "forged\(number)")
        try change(ForgedFiles(folder: folder, run: run))
      }
      let (isConfirmed, text) = try await run.verdict(on: folder)
      switch forgery.expectation {
      case .refused(let words):
        #expect(!isConfirmed, "\(forgery.name) passed")
        #expect(text.contains(words), "\(forgery.name): \(text)")
        #expect(!text.contains("\n"), "\(forgery.name): \(text)")
      case .listed(let words):
        #expect(isConfirmed, "\(forgery.name): \(text)")
        let admitted = text.split(separator: "\n").filter {
          $0.hasPrefix("not checked: ") || $0.hasPrefix("taken on trust: ")
            || $0.hasPrefix("PAGES NOT CHECKED") || $0.contains("cannot show")
        }
        #expect(admitted.contains { $0.contains(words) }, "\(forgery.name): \(text)")
      }
      try FileManager.default.removeItem(atPath: folder)
    }
  }

  @Test func thereAreAtLeastSixtyForgeries() {
    #expect(Self.cases.count >= 60)
    #expect(Set(Self.cases.map(\.name)).count == Self.cases.count)
  }
}
