/// The norms that threat models are stated in.
public enum Norm: String, Hashable, Sendable, Codable, CaseIterable {
  /// The largest absolute value.
  case linf = "Linf"
  /// The Euclidean norm.
  case l2 = "L2"
  /// The sum of absolute values.
  case l1 = "L1"
}

extension Image {
  /// The norm of the pixels, accumulated in double precision in a fixed order.
  ///
  /// - Parameter norm: which norm.
  /// - Returns: the norm, in pixel units. NaN pixels give NaN. O(n).
  public func norm(_ norm: Norm) -> Double {
    switch norm {
    case .linf:
      var largest: Float = 0
      for pixel in pixels {
        if pixel.isNaN { return .nan }
        largest = max(largest, abs(pixel))
      }
      return Double(largest)
    case .l2: return sum { $0 * $0 }.squareRoot()
    case .l1: return sum { abs($0) }
    }
  }

  /// The inner product with another image, accumulated in double precision in a fixed order.
  ///
  /// - Parameter other: an image of the same shape.
  /// - Returns: Σ own·other. O(n).
  public func dot(_ other: Image) -> Double {
    precondition(other.count == count, "an inner product needs equal shapes")
    var lanes = SIMD8<Double>.zero
    let whole = count / 8 * 8
    return pixels.withUnsafeBufferPointer { own in
      other.pixels.withUnsafeBufferPointer { theirs in
        for start in stride(from: 0, to: whole, by: 8) {
          var left = SIMD8<Double>.zero
          var right = SIMD8<Double>.zero
          for lane in 0..<8 {
            left[lane] = Double(own[start + lane])
            right[lane] = Double(theirs[start + lane])
          }
          lanes += left * right
        }
        var total = lanes.sum()
        for i in whole..<count { total += Double(own[i]) * Double(theirs[i]) }
        return total
      }
    }
  }

  /// Eight interleaved partial sums: the order depends on the count only, so the bits do too.
  @inline(__always)
  private func sum(_ term: (SIMD8<Double>) -> SIMD8<Double>) -> Double {
    var lanes = SIMD8<Double>.zero
    let whole = count / 8 * 8
    return pixels.withUnsafeBufferPointer { own in
      for start in stride(from: 0, to: whole, by: 8) {
        var values = SIMD8<Double>.zero
        for lane in 0..<8 { values[lane] = Double(own[start + lane]) }
        lanes += term(values)
      }
      var last = SIMD8<Double>.zero
      for i in whole..<count { last[i - whole] = Double(own[i]) }
      return (lanes + term(last)).sum()
    }
  }
}

private func abs(_ values: SIMD8<Double>) -> SIMD8<Double> {
  values.replacing(with: -values, where: values .< 0)
}
