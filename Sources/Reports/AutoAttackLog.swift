public import Evaluation
internal import Execution
internal import Foundation
internal import Tensors

/// A log as the AutoAttack program writes it, line by line, for scripts that read such logs.
///
/// That program attacks batches of 250 images that still stand, in order of their indices; what
/// happened to each of those is counted from the ledger. Its total time is wall time on one device;
/// here it is the time of all lanes together.
public struct AutoAttackLog: Sendable {
  private static let batch = 250
  private let result: EvaluationResult
  private let largestDistance: Double
  private let pixels: PixelRange

  /// Creates the log of a run.
  ///
  /// - Parameters:
  ///   - result: of the run.
  ///   - entries: the ledger.
  ///   - pixels: of all images as they stand after the run.
  public init(_ result: EvaluationResult, entries: [LedgerEntry], pixels: PixelRange) {
    self.result = result
    self.pixels = pixels
    largestDistance = entries.filter { $0.outcome == .fooled }.map(\.distance).max() ?? 0
  }

  /// The log.
  public var text: String {
    let names = result.attacks.map(\.name).joined(separator: ", ")
    let version = result.settings.autoAttackVersion
    var lines = version.map { ["setting parameters for \($0) version"] } ?? []
    lines += [
      "using \(version ?? "custom") version including \(names).",
      "initial accuracy: \(percent(result.cleanCorrect.count))",
    ]
    var standing = standingAtFirst
    var seconds = 0.0
    var (others, square) = ([standing.count], [Int]())
    for attack in result.attacks where !standing.isEmpty {
      let fooled = Set(attack.fooledIndices)
      lines += batchLines(attack.name, standing, fooled)
      standing.removeAll { fooled.contains($0) }
      seconds += attack.seconds
      lines.append(
        "robust accuracy after \(attack.name.uppercased()): \(percent(standing.count))"
          + String(format: " (total time %.1f s)", seconds))
      if attack.seesGradients {
        others.append(standing.count)
      } else {
        square.append(standing.count)
      }
    }
    if let square = square.first, others.count > 1 {
      lines += squareWarning(square, others.min() ?? square)
    }
    lines.append(
      "max \(result.settings.norm.rawValue) perturbation: "
        + String(
          format: "%.5f, nan in tensor: 0, max: %.5f, min: %.5f", largestDistance,
          pixels.largest, pixels.smallest))
    let robust = result.isAttacked ? percent(standing.count) : "not attacked"
    lines.append("robust accuracy: \(robust)")
    return lines.joined(separator: "\n") + "\n"
  }

  private var standingAtFirst: [Int] {
    (result.robustIndices + result.attacks.flatMap(\.fooledIndices)).sorted()
  }

  private func batchLines(_ name: String, _ standing: [Int], _ fooled: Set<Int>) -> [String] {
    let starts = Array(stride(from: 0, to: standing.count, by: Self.batch))
    return starts.enumerated().map { number, start in
      let batch = standing[start..<min(start + Self.batch, standing.count)]
      return "\(name) - \(number + 1)/\(starts.count) - \(batch.count { fooled.contains($0) }) "
        + "out of \(batch.count) successfully perturbed"
    }
  }

  /// The program's own words, which scripts look for; it warns when Square gains more than 0.2 %.
  private func squareWarning(_ square: Int, _ others: Int) -> [String] {
    let total = Double(max(1, result.robust.total))
    if Double(square) / total >= Double(others) / total - 0.002 { return [] }
    return [
      "Warning: Square Attack has decreased the robust accuracy of \(percent(others - square)). "
        + "This might indicate that the robustness evaluation using AutoAttack is unreliable. "
        + "Consider running Square Attack with more iterations and restarts or an adaptive "
        + "attack. See flags_doc.md for details."
    ]
  }

  private func percent(_ count: Int) -> String {
    String(format: "%.2f%%", Proportion(count, of: result.robust.total).value * 100)
  }
}
