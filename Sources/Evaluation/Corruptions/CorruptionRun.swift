public import Datasets
internal import Execution
public import Files
internal import Foundation
internal import Tensors

/// Measures a network under common corruptions, corruption by corruption; what is known is kept.
public struct CorruptionRun: Sendable {
  private let settings: CorruptionSettings
  private let images: @Sendable (String) throws -> Dataset
  private let folder: RunFolder

  /// Opens the folder of a run.
  ///
  /// - Parameters:
  ///   - settings: what decides the accuracies.
  ///   - path: of the folder; new, empty, or this run's.
  ///   - images: reads a corruption's images, those of severity 1 first.
  /// - Throws: `FileError` when the folder is another's or cannot be written.
  public init(
    _ settings: CorruptionSettings, in path: String,
    images: @escaping @Sendable (String) throws -> Dataset
  ) throws(FileError) {
    self.settings = settings
    self.images = images
    folder = try RunFolder.claim(path, for: settings).folder
  }

  /// Measures what is not known yet.
  ///
  /// - Parameters:
  ///   - engine: who computes the network.
  ///   - observer: told of every cell that was not known.
  /// - Returns: all accuracies.
  /// - Throws: `FileError` for images and files; `BackendError`; `CancellationError`, after which the
  ///   same call goes on.
  public func run(
    on engine: SearchEngine, observer: @Sendable (CorruptionCell) -> Void = { _ in }
  ) async throws -> CorruptionResult {
    var cells: [CorruptionCell] = []
    for corruption in settings.corruptions {
      try Task.checkCancellation()
      let path = "\(folder.path)/\(corruption).json"
      let dataset = try images(corruption)
      let known = try known(at: path, corruption, dataset)
      let measured: [CorruptionCell]
      if let known {
        measured = known
      } else {
        measured = try await measure(corruption, dataset, on: engine)
        try folder.confirm()
        try AtomicFile.write(try jsonText(of: measured), to: path)
        for cell in measured { observer(cell) }
      }
      cells += measured
    }
    return CorruptionResult(settings, cells)
  }

  private func measure(
    _ corruption: String, _ dataset: Dataset, on engine: SearchEngine
  ) async throws -> [CorruptionCell] {
    let (own, sha256) = (positions(in: dataset), dataset.sha256)
    let signs = try await engine.pool.map(own.flatMap(\.self)) { position, oracle in
      let logits = try await oracle.exactLogits(at: dataset.image(at: position))
      guard logits.allSatisfy(\.isFinite) else {
        throw EvaluationError(
          kind: .data, place: "\(corruption), image \(position)",
          problem: "the network's logits are not finite; check the checkpoint")
      }
      let largest = logits.indices.max { logits[$0] < logits[$1] }
      return largest == dataset.label(at: position) ? "1" : "0"
    }
    var start = 0
    return own.enumerated().map { number, positions in
      defer { start += positions.count }
      return CorruptionCell(
        corruption: corruption, severity: number + 1, imagesSHA256: sha256,
        correct: signs[start..<start + positions.count].joined())
    }
  }

  /// The positions of each severity.
  private func positions(in dataset: Dataset) -> [[Int]] {
    let each = dataset.count / CorruptionFolder.severities
    return (0..<CorruptionFolder.severities).map { severity in
      Array(severity * each..<severity * each + min(each, settings.examples ?? each))
    }
  }

  /// What an earlier start kept of these very images.
  private func known(
    at path: String, _ corruption: String, _ dataset: Dataset
  ) throws -> [CorruptionCell]? {
    guard try FileContents.exist(at: path) else { return nil }
    let bytes = try FileContents.read(path, limit: 1 << 26)
    let cells = try StrictJSON.decode([CorruptionCell].self, from: bytes, of: path)
    let counts = positions(in: dataset).map(\.count)
    guard cells.map(\.severity) == Array(1...CorruptionFolder.severities),
      cells.map(\.correct.utf8.count) == counts,
      cells.allSatisfy({ cell in
        cell.corruption == corruption && cell.correct.utf8.allSatisfy { [48, 49].contains($0) }
      })
    else {
      throw FileError(
        path, problem: "does not hold what this run measured; delete it, and it is measured again")
    }
    guard cells.allSatisfy({ $0.imagesSHA256 == dataset.sha256 }) else {
      throw FileError(
        path, problem: "was measured on other images of \(corruption); choose another --out")
    }
    return cells
  }
}
