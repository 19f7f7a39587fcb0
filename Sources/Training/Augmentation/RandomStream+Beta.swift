internal import Foundation
internal import Tensors

extension RandomStream {
  /// A number of the distribution Beta(α, α), symmetric around ½.
  ///
  /// As a share of two numbers of the gamma distribution.
  mutating func beta(_ alpha: Double) -> Double {
    let first = logGamma(shape: alpha)
    let second = logGamma(shape: alpha)
    return 1 / (1 + exp(second - first))
  }

  /// The logarithm of a number of the gamma distribution, which for small shapes would be rounded
  /// to 0.
  ///
  /// Source: Marsaglia & Tsang, *A simple method for generating gamma variables*, 2000.
  private mutating func logGamma(shape: Double) -> Double {
    // Below 1 by Γ(a) = Γ(a + 1) · U^(1/a).
    let boost = shape < 1 ? logUniform() / shape : 0
    let offset = (shape < 1 ? shape + 1 : shape) - 1.0 / 3
    let slope = 1 / (9 * offset).squareRoot()
    while true {
      let normal = Double(normal())
      let root = 1 + slope * normal
      guard root > 0 else { continue }
      let cube = root * root * root
      if logUniform() < normal * normal / 2 + offset * (1 - cube + log(cube)) {
        return log(offset * cube) + boost
      }
    }
  }

  private mutating func logUniform() -> Double { log(Double(uniform()) + 0x1p-25) }

  /// Elements in a random order, by Fisher and Yates.
  mutating func shuffled(_ elements: some Collection<Int>) -> [Int] {
    var order = Array(elements)
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(last, below(last + 1))
    }
    return order
  }
}
