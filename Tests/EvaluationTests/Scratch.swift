import Evaluation
import Execution
import Foundation
import Tensors
import Testing

/// A folder of one test, deleted with it.
final class Scratch: Sendable {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "evaluation-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: folder.appending(path: name))
  }
}

extension LedgerEntry {
  /// An entry of which only the identity matters.
  static func example(
    _ index: Int, _ attack: String = clean, _ outcome: Outcome = .correct, record: Int? = nil
  ) -> LedgerEntry {
    var passes = PassCount()
    passes.forwards = index + 1
    passes.seconds = 0.1
    return LedgerEntry(
      index: index, attack: attack, outcome: outcome, distance: 8.0 / 255, margin: -0.125,
      predicted: 3, label: 2, passes: passes, record: record)
  }
}

extension RunSettings {
  /// Settings that a test changes one by one.
  static func example() throws -> RunSettings {
    RunSettings(
      model: "a.h5", modelSHA256: "11", architecture: "resnet8", dataset: "cifar10",
      datasetSHA256: "22", datasetNote: nil, norm: .linf,
      radii: [try Epsilon("8/255", refusingAboveOne: true)],
      attacks: [.init(name: "apgd-ce", settings: ["steps": "100", "restarts": "1"])],
      autoAttackVersion: nil, seed: 0, indices: [0, 1, 2], backend: "fake 1", notes: [])
  }
}
