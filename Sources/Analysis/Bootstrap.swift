internal import Foundation

/// The 95 % interval of the bootstrap's percentiles.
public struct BootstrapInterval: Hashable, Sendable, Codable {
  /// How much of the draws lies below, and how much above.
  public static let tail = 0.025
  /// The 2.5 % quantile.
  public let low: Double
  /// The 97.5 % quantile.
  public let high: Double

  /// Takes quantiles of draws, linear between neighbours.
  ///
  /// - Parameter draws: in any order; nil is the result for none. O(draws · log draws).
  public init?(_ draws: [Double]) {
    guard !draws.isEmpty else { return nil }
    let sorted = draws.sorted()
    func quantile(_ share: Double) -> Double {
      let place = share * Double(sorted.count - 1)
      let below = Int(place)
      let above = min(below + 1, sorted.count - 1)
      return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
    }
    low = quantile(Self.tail)
    high = quantile(1 - Self.tail)
  }
}

/// e to a power.
func exponential(_ power: Double) -> Double { exp(power) }
