import Files
import Foundation
import Testing

/// A folder that lives as long as the value.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "datasets-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, making folders on the way, and returns its path.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let url = URL(fileURLWithPath: path).appending(path: name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// Replaces a file by its gzipped twin, made by the `gzip` program.
  func compress(_ file: String) throws {
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    gzip.arguments = ["gzip", file]
    try gzip.run()
    gzip.waitUntilExit()
    try #require(gzip.terminationStatus == 0)
  }
}

/// Requires that reading fails with a sentence that contains all of some words.
func expectRefusal(
  mentioning words: String..., from read: () throws -> Void,
  at location: SourceLocation = #_sourceLocation
) throws {
  let error = try #require(
    throws: FileError.self, sourceLocation: location, performing: read)
  for word in words {
    #expect(error.description.contains(word), sourceLocation: location)
  }
}
