import Foundation
import Testing

@testable import Files

@Suite struct `A folder that takes another's place` {
  private let scratch = NSTemporaryDirectory() + UUID().uuidString

  private func make(_ folder: String, holding text: String) throws {
    try Folder.make(folder)
    try AtomicFile.write(text, to: folder + "/text")
  }

  private func text(_ folder: String) throws -> String {
    try String(contentsOfFile: folder + "/text", encoding: .utf8)
  }

  @Test func `comes whole, and nothing of the old one or beside it stays`() throws {
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let path = scratch + "/analysis"
    for text in ["old", "new"] {
      let replacement = FolderReplacement(of: path + "/")
      try make(replacement.partial, holding: text)
      try replacement.commit()
      #expect(try self.text(path) == text)
    }
    #expect(try Folder.names(in: scratch) == ["analysis"])
  }

  @Test func `stays a link where it was one`() throws {
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    try make(scratch + "/real", holding: "old")
    try FileManager.default.createSymbolicLink(
      atPath: scratch + "/link", withDestinationPath: "real")
    let replacement = FolderReplacement(of: scratch + "/link")
    try make(replacement.partial, holding: "new")
    try replacement.commit()
    #expect(try text(scratch + "/real") == "new")
    #expect(try text(scratch + "/link") == "new")
  }

  /// The number of a process that cannot be: Linux has at most 2²².
  @Test func `sweeps what killed processes left, and only that`() throws {
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let replacement = FolderReplacement(of: scratch + "/analysis")
    let own = "-\(getpid()).partial"
    let start = String(replacement.partial.dropLast(own.count))
    let stale = [start + "-99999999.partial", start + "-99999999-old.partial"]
    let others = [start + "-1.partial", scratch + "/analysis.elsewhere-99999999.partial"]
    for folder in stale + others { try make(folder, holding: "x") }
    replacement.sweep()
    #expect(stale.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
    #expect(others.allSatisfy { FileManager.default.fileExists(atPath: $0) })
  }

  @Test func `leaves what was there when it cannot come`() throws {
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let path = scratch + "/analysis"
    try make(path, holding: "old")
    #expect(throws: FileError.self) { try FolderReplacement(of: path).commit() }
    #expect(try text(path) == "old")
  }
}
