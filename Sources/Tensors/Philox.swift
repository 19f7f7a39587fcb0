/// The counter-based generator Philox4x32 with ten rounds.
///
/// A pure function of key and counter: any number of the stream can be had without the ones before.
/// Source: Salmon, Moraes, Dror & Shaw, *Parallel random numbers: as easy as 1, 2, 3*, SC 2011, §3.3.
public enum Philox {
  /// Four independent 32-bit words for a counter and a key.
  ///
  /// - Parameters:
  ///   - counter: the position in the stream.
  ///   - key: which stream.
  /// - Returns: four uniformly distributed words.
  public static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var block = counter
    var roundKey = key
    for _ in 0..<10 {
      let first = block.x.multipliedFullWidth(by: 0xD251_1F53)
      let second = block.z.multipliedFullWidth(by: 0xCD9E_8D57)
      block = SIMD4(
        second.high ^ block.y ^ roundKey.x, second.low, first.high ^ block.w ^ roundKey.y,
        first.low)
      roundKey &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return block
  }
}
