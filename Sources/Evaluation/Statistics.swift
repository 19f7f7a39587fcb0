internal import Foundation

/// A share with its 95 % confidence interval.
public struct Proportion: Hashable, Sendable {
  /// How many of the images.
  public let count: Int
  /// Of how many.
  public let total: Int

  /// Creates a share.
  ///
  /// - Parameters:
  ///   - count: how many; not more than the total.
  ///   - total: of how many.
  public init(_ count: Int, of total: Int) {
    precondition(count >= 0 && count <= total, "a share is at most the whole")
    self.count = count
    self.total = total
  }

  /// The share, 0…1; 0 of nothing.
  public var value: Double { total == 0 ? 0 : Double(count) / Double(total) }

  /// Wilson's score interval at 95 %.
  ///
  /// Source: Wilson, *Probable inference, the law of succession, and statistical inference*, JASA
  /// 1927; z = 1.959964.
  public var wilson: ClosedRange<Double> {
    if total == 0 { return 0...1 }
    let z = 1.959_963_984_540_054
    let n = Double(total)
    let center = (value + z * z / (2 * n)) / (1 + z * z / n)
    let half =
      z * (value * (1 - value) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
    return max(0, center - half)...min(1, center + half)
  }

  /// For example `21.80 %`.
  public var percent: String { String(format: "%.2f %%", value * 100) }
}
