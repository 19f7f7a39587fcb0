internal import Foundation

extension Proportion {
  /// The exact interval at 95 %, which never covers less.
  ///
  /// Source: Clopper & Pearson, *The use of confidence or fiducial limits illustrated in the case of
  /// the binomial*, Biometrika 1934.
  public var clopperPearson: ClosedRange<Double> {
    if total == 0 { return 0...1 }
    let (successes, failures) = (Double(count), Double(total - count))
    let lower = count == 0 ? 0 : betaQuantile(0.025, successes, failures + 1)
    let upper = count == total ? 1 : betaQuantile(0.975, successes + 1, failures)
    return lower...upper
  }
}

/// The exact test of whether two classifiers are right equally often on the same images.
public struct McNemarTest: Hashable, Sendable {
  /// Images on which only the first is right.
  public let onlyFirst: Int
  /// Images on which only the second is right.
  public let onlySecond: Int

  /// Creates a test from the images on which the two differ.
  ///
  /// - Parameters:
  ///   - onlyFirst: how many only the first has right.
  ///   - onlySecond: how many only the second has right.
  public init(onlyFirst: Int, onlySecond: Int) {
    precondition(onlyFirst >= 0 && onlySecond >= 0, "counts are not negative")
    self.onlyFirst = onlyFirst
    self.onlySecond = onlySecond
  }

  /// How probable so uneven a division is between equals, in either direction.
  public var probability: Double {
    let count = onlyFirst + onlySecond
    let logHalves = Double(count) * log(0.5)
    var tail = 0.0
    for successes in 0...min(onlyFirst, onlySecond) {
      tail += exp(logChoose(count, successes) + logHalves)
    }
    return min(1, 2 * tail)
  }
}

private func logChoose(_ count: Int, _ chosen: Int) -> Double {
  logGamma(Double(count + 1)) - logGamma(Double(chosen + 1)) - logGamma(Double(count - chosen + 1))
}

/// Calls `lgamma_r`, which unlike `lgamma` writes no global sign.
private func logGamma(_ x: Double) -> Double {
  var sign: Int32 = 0
  return lgamma_r(x, &sign)
}

/// Where a beta distribution has a given share below it, by bisection.
private func betaQuantile(_ share: Double, _ a: Double, _ b: Double) -> Double {
  var (lower, upper) = (0.0, 1.0)
  while true {
    let middle = (lower + upper) / 2
    if middle <= lower || middle >= upper { return middle }
    if betaShare(below: middle, a, b) < share { lower = middle } else { upper = middle }
  }
}

/// The regularised incomplete beta function, by its continued fraction after Lentz.
private func betaShare(below x: Double, _ a: Double, _ b: Double) -> Double {
  // The fraction converges fast on this side of the mean only.
  if x > (a + 1) / (a + b + 2) { return 1 - betaShare(below: 1 - x, b, a) }
  let tiny = 1e-300
  let front = exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x))
  var numerator = 1.0
  var denominator = 1 / guarded(1 - (a + b) * x / (a + 1), tiny)
  var fraction = denominator
  for step in 1...10_000 {
    let m = Double(step)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    denominator = 1 / guarded(1 + even * denominator, tiny)
    numerator = guarded(1 + even / numerator, tiny)
    fraction *= denominator * numerator
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    denominator = 1 / guarded(1 + odd * denominator, tiny)
    numerator = guarded(1 + odd / numerator, tiny)
    fraction *= denominator * numerator
    if abs(denominator * numerator - 1) < 1e-15 { break }
  }
  return front * fraction / a
}

private func guarded(_ value: Double, _ tiny: Double) -> Double {
  abs(value) < tiny ? tiny : value
}
