import Foundation
import Testing

@testable import Files

/// Settings of a made-up run.
private struct MadeUp: RunIdentity, Equatable {
  static let folderOption = "--out"
  static let fieldsThatDecideNothing = ["name": "a file's name; what is in it stands in sum"]

  var name = "a.h5"
  var sum = "11"
  var seed = UInt64.max
  var steps = ["a": [1, 2], "b": []]
  var note: String?
}

@Suite struct RunFolderTests {
  private let scratch = try? Scratch()

  private func claim(
    _ path: String, _ settings: MadeUp = MadeUp(), _ locking: RunFolder.Locking = .bySystem,
    as owner: RunOwner = .here()
  ) throws -> RunFolder {
    try RunFolder.claim(path, for: settings, locking: locking, as: owner).folder
  }

  private func refusal(_ path: String, _ settings: MadeUp = MadeUp()) -> FileError? {
    #expect(throws: FileError.self) { try claim(path, settings) }
  }

  @Test func anyFieldButTheExceptionsTellsRunsApart() {
    let known = MadeUp()
    var other = known
    other.name = "b.h5"
    #expect(other.difference(from: known) == nil)
    other.seed -= 1
    #expect(
      other.difference(from: known)
        == "seed is 18446744073709551615 there and 18446744073709551614 here")
    #expect(other.difference(from: known, ignoring: ["seed"]) == nil)
    other = known
    other.steps["a"] = [1, 3]
    #expect(other.difference(from: known) == "steps.a.1 is 2 there and 3 here")
    other = known
    other.note = "x"
    #expect(other.difference(from: known) == "note is absent there and x here")
    #expect(known.difference(from: other) == "note is x there and absent here")
  }

  @Test func theSettingsThatStandInTheFolderCount() throws {
    let path = try #require(scratch).path("a/run")
    _ = try claim(path)
    var moved = MadeUp()
    moved.name = "moved.h5"
    #expect(try RunFolder.claim(path, for: moved).settings.name == "a.h5")
    #expect(RunFolder.holds(moved, at: path))
    moved.sum = "22"
    #expect(!RunFolder.holds(moved, at: path))
    #expect(refusal(path, moved)?.problem.contains("holds another run: sum is 11 there") == true)
  }

  /// Files of others stay as they are, and nothing is put beside them.
  @Test(arguments: ["report.md", "final.h5", ".hidden", "run.json.partial"])
  func aFolderOfSomethingElseIsRefusedAndLeftAlone(name: String) throws {
    let scratch = try #require(scratch)
    _ = try scratch.file([1, 2, 3], named: name)
    let error = refusal(scratch.folder.path)
    #expect(error?.exitCode == 65)
    #expect(error?.description.contains("it holds \(name) and no run.json") == true)
    #expect(try scratch.contents == [name])
  }

  /// What a process leaves that was killed before it wrote its settings.
  @Test func leftoversOfAKilledProcessAreNoStrangers() throws {
    let scratch = try #require(scratch)
    for name in ["lock", "run.json.123-4.partial"] { _ = try scratch.file([1], named: name) }
    let folder = try claim(scratch.folder.path)
    #expect(try scratch.contents == ["lock", "owner", "run.json"])
    withExtendedLifetime(folder) {}
  }

  @Test func symbolicLinksAreRefused() throws {
    let scratch = try #require(scratch)
    let elsewhere = try scratch.file([7], named: "elsewhere")
    let path = scratch.path("run")
    _ = try claim(path)
    try FileManager.default.createSymbolicLink(
      atPath: path + "/ledger.jsonl", withDestinationPath: elsewhere)
    #expect(refusal(path)?.description.contains("ledger.jsonl: is a symbolic link") == true)
    #expect(throws: FileError.self) { try GrowingFile(path + "/ledger.jsonl") }
    #expect(try FileContents.read(elsewhere) == [7])
  }

  @Test func withoutLocksALivingOwnerIsSeenAndADeadOneReplaced() throws {
    let path = try #require(scratch).path("run")
    let first = try claim(path, MadeUp(), .absent)
    #expect(throws: FileError.self) { try claim(path, MadeUp(), .absent) }
    try first.look()
    // The number of a process that has ended, or is another one by now.
    var dead = RunOwner.here()
    dead.started = "1"
    #expect(try OwnerFile(in: path).write(dead, replacing: true))
    let second = try claim(path, MadeUp(), .absent)
    try second.look()
    let error = #expect(throws: FileError.self) { try first.look() }
    #expect(error?.exitCode == 74)
    #expect(error?.problem.contains("has taken this run over") == true)
    // Who has lost the folder does not take the other's name out.
    withExtendedLifetime(first) {}
  }

  /// A process on another machine shows itself by touching the file.
  @Test func anOwnerElsewhereIsWaitedForUntilItIsSilent() throws {
    let path = try #require(scratch).path("run")
    _ = try claim(path)
    var foreign = RunOwner.here()
    (foreign.host, foreign.machine) = ("node7", "another boot")
    let file = OwnerFile(in: path)
    #expect(try file.write(foreign, replacing: false))
    let error = refusal(path)
    #expect(error?.exitCode == 74)
    #expect(error?.problem.contains("on node7") == true)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -90)], ofItemAtPath: file.path)
    let folder = try claim(path)
    #expect(file.read()?.host == RunOwner.here().host)
    withExtendedLifetime(folder) {}
    // Of two at once, one is told that the other was first.
    #expect(try !file.write(foreign, replacing: false))
  }

  @Test func aFolderDeletedMeanwhileIsSaidToBe() async throws {
    let path = try #require(scratch).path("run")
    let folder = try claim(path)
    try folder.confirm()
    try FileManager.default.removeItem(atPath: path)
    let error = #expect(throws: FileError.self) { try folder.look() }
    #expect(error?.exitCode == 74)
    #expect(error?.problem.contains("was deleted while the run was writing it") == true)
  }

  @Test func readersWaitForTheWriterOnly() throws {
    let path = try #require(scratch).path("run")
    let writer = try claim(path)
    #expect(throws: FileError.self) { try RunFolder.reading(path, MadeUp.self) }
    withExtendedLifetime(writer) {}
  }

  @Test func finishedRunsAreReadByMany() throws {
    let path = try #require(scratch).path("run")
    _ = try claim(path)
    let readers = try (0..<2).map { _ in try RunFolder.reading(path, MadeUp.self).folder }
    try FileManager.default.removeItem(atPath: path + "/lock")
    #expect(try RunFolder.reading(path, MadeUp.self).settings == MadeUp())
    withExtendedLifetime(readers) {}
  }

  @Test(arguments: [
    ("a b(c=1),d", "a-b-c-1--d"), ("β é", "---"),
    (String(repeating: "x", count: 181), String(repeating: "x", count: 171) + "-"),
  ])
  func namesOfFilesAreShortAndPlain(text: String, expected: String) {
    #expect(text.asFileName.hasPrefix(expected))
    #expect(text.asFileName.count <= 180)
  }
}
