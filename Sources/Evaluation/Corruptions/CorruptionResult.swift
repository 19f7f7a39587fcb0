internal import Foundation
internal import Datasets

/// How many images of one corruption and severity a network gets right.
public struct CorruptionCell: Codable, Hashable, Sendable {
  /// For example `gaussian_noise`.
  public var corruption: String
  /// From 1 to 5.
  public var severity: Int
  /// The checksum of the images of all severities and their labels.
  public var imagesSHA256: String
  /// A sign an image: 1 where it is classified correctly, 0 where not.
  public var correct: String

  /// How many are.
  public var accuracy: Proportion {
    Proportion(correct.utf8.count { $0 == UInt8(ascii: "1") }, of: correct.utf8.count)
  }
}

/// The accuracies of a network under common corruptions.
public struct CorruptionResult: Sendable {
  /// What was measured.
  public let settings: CorruptionSettings
  /// By corruption, then severity.
  public let cells: [CorruptionCell]

  /// Joins settings and measurements.
  ///
  /// - Parameters:
  ///   - settings: what was measured.
  ///   - cells: of all corruptions and severities.
  public init(_ settings: CorruptionSettings, _ cells: [CorruptionCell]) {
    self.settings = settings
    self.cells = cells
  }

  /// The cells of the corruptions that count.
  public var counted: [CorruptionCell] {
    cells.filter { CorruptionFolder.counted.contains($0.corruption) }
  }

  /// The mean accuracy over corruptions and severities that count, as RobustBench ranks by; nil
  /// where none of them is there.
  public var accuracy: Double? {
    counted.isEmpty
      ? nil : counted.reduce(0) { $0 + $1.accuracy.value } / Double(counted.count)
  }

  /// The accuracy's interval at 95 %, from the deviation of images' own means: the corrupted forms
  /// of one image are no independent draws.
  public var interval: ClosedRange<Double>? {
    guard let accuracy, let count = counted.first?.correct.utf8.count, count > 1,
      counted.allSatisfy({ $0.correct.utf8.count == count })
    else { return nil }
    var sums = [Double](repeating: 0, count: count)
    for cell in counted {
      for (place, sign) in cell.correct.utf8.enumerated() where sign == UInt8(ascii: "1") {
        sums[place] += 1
      }
    }
    let squares = sums.reduce(0) {
      let distance = $1 / Double(counted.count) - accuracy
      return $0 + distance * distance
    }
    let half = 1.96 * (squares / Double(count - 1) / Double(count)).squareRoot()
    return max(0, accuracy - half)...min(1, accuracy + half)
  }

  /// The mean accuracy over severities of one corruption.
  ///
  /// - Parameter corruption: its name.
  /// - Returns: nil where it was not measured.
  public func accuracy(of corruption: String) -> Double? {
    let own = cells.filter { $0.corruption == corruption }
    return own.isEmpty ? nil : own.reduce(0) { $0 + $1.accuracy.value } / Double(own.count)
  }

  /// The mean corruption error on ImageNet-C: each corruption's error in parts of AlexNet's.
  ///
  /// Nil for other data sets, for which no reference errors are published, and where a corruption is
  /// missing.
  ///
  /// Source: Hendrycks & Dietterich 2019, §4.1.
  public var meanCorruptionError: Double? {
    guard settings.dataset == "imagenet" else { return nil }
    var sum = 0.0
    for (corruption, reference) in zip(CorruptionFolder.counted, Self.errorsOfAlexNet) {
      guard let accuracy = accuracy(of: corruption) else { return nil }
      sum += (1 - accuracy) / reference
    }
    return sum / Double(CorruptionFolder.counted.count)
  }

  /// In the order of `CorruptionFolder.counted`; Hendrycks & Dietterich 2019.
  private static let errorsOfAlexNet = [
    0.886428, 0.894468, 0.922640, 0.819880, 0.826268, 0.785948, 0.798360, 0.866816, 0.826572,
    0.819324, 0.564592, 0.853204, 0.646056, 0.717840, 0.606500,
  ]
}
