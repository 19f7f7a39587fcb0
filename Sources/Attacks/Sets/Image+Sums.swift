import Tensors

extension Image {
  /// The sum over pixels of a function of two images, in double precision in a fixed order.
  ///
  /// - Parameters:
  ///   - other: an image of the same shape.
  ///   - term: eight terms at a time; zero for two zeros, which fill up the last eight.
  /// - Returns: the sum; its bits depend on the images only.
  @inline(__always)
  func pairSum(
    with other: Image, _ term: (SIMD8<Double>, SIMD8<Double>) -> SIMD8<Double>
  ) -> Double {
    precondition(other.count == count, "images are summed pixel by pixel")
    let whole = count / 8 * 8
    return pixels.withUnsafeBytes { own in
      other.pixels.withUnsafeBytes { theirs in
        var lanes = SIMD8<Double>.zero
        for start in stride(from: 0, to: whole, by: 8) {
          let left = own.loadUnaligned(fromByteOffset: 4 * start, as: SIMD8<Float>.self)
          let right = theirs.loadUnaligned(fromByteOffset: 4 * start, as: SIMD8<Float>.self)
          lanes += term(SIMD8<Double>(left), SIMD8<Double>(right))
        }
        var left = SIMD8<Double>.zero
        var right = SIMD8<Double>.zero
        for i in whole..<count {
          left[i - whole] = Double(pixels[i])
          right[i - whole] = Double(other.pixels[i])
        }
        return (lanes + term(left, right)).sum()
      }
    }
  }

  /// The norm of the displacement to another image, without rounding it to single precision.
  ///
  /// - Parameters:
  ///   - other: an image of the same shape.
  ///   - norm: which norm.
  /// - Returns: the distance; NaN when a pixel is.
  func distance(to other: Image, _ norm: Norm) -> Double {
    switch norm {
    case .l2: return pairSum(with: other) { ($0 - $1) * ($0 - $1) }.squareRoot()
    case .l1:
      return pairSum(with: other) { left, right in
        (left - right).replacing(with: right - left, where: right .> left)
      }
    case .linf:
      var largest = 0.0
      for (own, theirs) in zip(pixels, other.pixels) {
        let distance = abs(Double(own) - Double(theirs))
        if distance.isNaN { return .nan }
        largest = max(largest, distance)
      }
      return largest
    }
  }

  /// The absolute value that has a given number of others before it in ascending order.
  ///
  /// - Parameter place: from 0 to the number of pixels, less one.
  /// - Returns: the value; NaN counts as larger than all. O(n), without sorting.
  func magnitude(atAscendingPlace place: Int) -> Float {
    // The bit patterns of numbers that are not negative are ordered as the numbers are.
    var found: UInt32 = 0
    var place = place
    var counts = [Int](repeating: 0, count: 256)
    for shift: UInt32 in [24, 16, 8, 0] {
      for digit in counts.indices { counts[digit] = 0 }
      let known = UInt32(truncatingIfNeeded: UInt64(0xFFFF_FFFF) << UInt64(shift + 8))
      for pixel in pixels {
        let pattern = pixel.magnitude.bitPattern
        if (pattern ^ found) & known == 0 { counts[Int(pattern >> shift & 0xFF)] += 1 }
      }
      var digit = 0
      while place >= counts[digit] {
        place -= counts[digit]
        digit += 1
      }
      found |= UInt32(digit) << shift
    }
    return Float(bitPattern: found)
  }
}
