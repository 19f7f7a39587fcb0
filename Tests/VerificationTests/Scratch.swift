import Files
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
    let forged = text.replacing(old, with: new, maxReplacements: 1)
    try (file.hasSuffix(".jsonl") ? Self.sealed(forged) : forged)
      .write(toFile: path(file), atomically: true, encoding: .utf8)
  }

  /// A ledger with the checksums that belong to its lines, as a careful forger would leave it.
  static func sealed(_ ledger: String) -> String {
    ledger.split(separator: "\n").map { line in
      let body = line.prefix(upTo: line.range(of: ",\"sum\":")?.lowerBound ?? line.endIndex) + "}"
      return "\(body.dropLast()),\"sum\":\"\(Digest.sha256(of: body.utf8).prefix(16))\"}\n"
    }.joined()
  }
}
