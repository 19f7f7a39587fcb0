import Foundation
import Testing

/// A folder of one test, deleted with it.
final class Scratch: Sendable {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "verification-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func copy(_ name: String, to other: String) throws -> String {
    try FileManager.default.copyItem(atPath: path(name), toPath: path(other))
    return path(other)
  }

  func replace(_ old: String, with new: String, in file: String) throws {
    let text = try String(contentsOfFile: path(file), encoding: .utf8)
    try #require(text.contains(old))
    try text.replacing(old, with: new, maxReplacements: 1)
      .write(toFile: path(file), atomically: true, encoding: .utf8)
  }
}
