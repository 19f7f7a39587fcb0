import Foundation

/// A stream of random numbers that depends on its seed and its path only.
///
/// A stream is forked up to three times, for instance by data-set index, attack and restart; each
/// fork is independent of how much was drawn from any other. So results do not depend on batches,
/// threads, order or interruptions.
public struct RandomStream: Sendable {
  private let key: SIMD2<UInt32>
  private var path: SIMD4<UInt32> = .zero
  private var depth = 0
  private var block: SIMD4<UInt32> = .zero
  private var used = 4

  /// Creates the root stream of a seed.
  ///
  /// - Parameter seed: any value.
  public init(seed: UInt64) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
  }

  /// The stream of a branch, at its beginning.
  ///
  /// - Parameter branch: which branch; equal numbers give equal streams.
  /// - Returns: an independent stream.
  /// - Precondition: this stream was forked at most twice.
  public func forked(_ branch: Int) -> RandomStream {
    precondition(depth < 3, "a random stream forks three times: image, attack, run")
    var fork = self
    fork.depth += 1
    // One more than the branch, so that a fork never equals its parent.
    fork.path[fork.depth] = UInt32(truncatingIfNeeded: branch) &+ 1
    fork.path[0] = 0
    fork.used = 4
    return fork
  }

  /// The stream of a named branch.
  ///
  /// - Parameter name: for instance an attack's name; hashed with FNV-1a, the same on every run.
  /// - Returns: an independent stream.
  public func forked(_ name: String) -> RandomStream {
    var hash: UInt32 = 2_166_136_261
    for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return forked(Int(hash))
  }

  private mutating func word() -> UInt32 {
    if used == 4 {
      block = Philox.words(counter: path, key: key)
      path[0] &+= 1
      used = 0
    }
    defer { used += 1 }
    return block[used]
  }

  /// A number uniformly distributed in [0, 1), a multiple of 2⁻²⁴.
  ///
  /// - Returns: the next number.
  public mutating func uniform() -> Float { Float(word() >> 8) * 0x1p-24 }

  /// A number uniformly distributed in [lower, upper).
  ///
  /// - Parameter range: the half-open range.
  /// - Returns: the next number.
  public mutating func uniform(in range: Range<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A standard normal number by the Box–Muller transform in double precision.
  ///
  /// - Returns: the next number; consumes two words.
  public mutating func normal() -> Float {
    let radius = (-2 * log((Double(word()) + 1) * 0x1p-32)).squareRoot()
    let angle = 2 * Double.pi * Double(word()) * 0x1p-32
    return Float(radius * cos(angle))
  }

  /// −1 or +1 with equal probability.
  ///
  /// - Returns: the next sign.
  public mutating func sign() -> Float { word() & 1 == 0 ? -1 : 1 }

  /// An integer uniformly distributed below a bound, without modulo bias.
  ///
  /// - Parameter bound: from 1 to 2³².
  /// - Returns: the next integer.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0 && bound <= 1 << 32, "a random bound is positive and below 2³²")
    let bound = UInt64(bound)
    let threshold = (1 << 32) % bound
    while true {
      let product = UInt64(word()) * bound
      if product & 0xFFFF_FFFF >= threshold { return Int(product >> 32) }
    }
  }

  /// An image whose pixels are drawn one after another.
  ///
  /// - Parameters:
  ///   - shape: the image's extent.
  ///   - draw: gives the next pixel.
  /// - Returns: the image. O(n).
  public mutating func image(
    shape: FeatureShape, _ draw: (inout RandomStream) -> Float
  ) -> Image {
    var pixels: [Float] = []
    pixels.reserveCapacity(shape.count)
    for _ in 0..<shape.count { pixels.append(draw(&self)) }
    return Image(shape: shape, pixels: pixels)
  }
}
