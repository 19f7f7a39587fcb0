import Datasets
import Evaluation
import Foundation
import Reports
import Testing

/// Runs whose files name the radius only where there are several mean what they meant.
@Suite struct FormatTests {
  private static let attacks = "apgd-ce(steps=5),fab-t(steps=5,targets=2)"

  private static func recorded(_ name: String) throws -> String {
    let fixtures = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return fixtures.appending(path: "Format1/\(name)").path
  }

  @Test(arguments: [("single", ["8/255"]), ("several", ["4/255", "8/255"])])
  func runsOfTheFirstFormatAreVerified(name: String, radii: [String]) async throws {
    let real = try RealRun(Self.attacks, eps: radii.joined(separator: ","), images: 6)
    let (findings, _, run) = try await real.verify(Self.recorded(name))
    #expect(run.settings.radii.map(\.text) == radii)
    #expect(findings.adversarial == 3)
    #expect(findings.adversarialWithin.values.reduce(0, +) == 3)
    #expect(run.result.robustWithin.map(\.radius.text) == radii)
    #expect(run.result.robustWithin.last?.robust == run.result.robust)
    let attacked = run.entries.filter { $0.attack != LedgerEntry.clean }
    #expect(attacked.allSatisfy { radii.contains($0.eps ?? "") })
  }

  @Test(arguments: ["single", "several"])
  func aRunOfTheFirstFormatGoesOn(name: String) async throws {
    let scratch = try Scratch()
    let path = scratch.path("run")
    try FileManager.default.copyItem(atPath: try Self.recorded(name), toPath: path)
    let run = try RecordedRun(path)
    let journal = try RunDirectory(path, settings: run.settings).journal(
      shape: try RealRun.sample().shape)
    #expect(await journal.entries == run.entries)
  }

  @Test func aLaterFormatIsRefused() throws {
    let scratch = try Scratch()
    let path = scratch.path("run")
    try FileManager.default.copyItem(atPath: try Self.recorded("single"), toPath: path)
    try scratch.replace("\"backend\"", with: "\"format\" : 3, \"backend\"", in: "run/run.json")
    let error = #expect(throws: (any Error).self) { try RecordedRun(path) }
    let text = "\(try #require(error))"
    #expect(text.contains("format") && text.contains("is 3, expected 1 or 2"), "\(text)")
  }
}
