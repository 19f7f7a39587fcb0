import Foundation
import Testing

/// A folder of one test, deleted with it.
final class Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The path of a file in the folder.
  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// A new file with some bytes.
  func file(_ bytes: [UInt8], named name: String = "file") throws -> String {
    try Data(bytes).write(to: folder.appending(path: name))
    return path(name)
  }
}

/// The path of a committed fixture.
func fixture(_ name: String) throws -> String {
  let folder = try #require(Bundle.module.resourceURL)
  return folder.appending(path: "Fixtures/\(name)").path
}
