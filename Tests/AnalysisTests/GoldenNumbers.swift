/// Numbers that a script in another language can make again.
enum GoldenNumbers {
  /// Element i of tensor t, in [−½, ½).
  static func u(_ t: Int, _ i: Int) -> Double {
    var h =
      UInt32(truncatingIfNeeded: i) &* 2_654_435_761
      &+ UInt32(truncatingIfNeeded: t + 1) &* 2_246_822_519 &+ 374_761_393
    h ^= h >> 15
    h = h &* 2_246_822_519
    h ^= h >> 13
    h = h &* 3_266_489_917
    h ^= h >> 16
    return Double(h) / 0x1p32 - 0.5
  }
}
