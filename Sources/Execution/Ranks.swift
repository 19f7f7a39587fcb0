/// The processes that train one network together, each on its share of every batch.
///
/// All of them make the same calls in the same order. One that is lost ends the others; so no call
/// fails.
public protocol Ranks: Sendable {
  /// Which of them this process is, from 0.
  var number: Int { get }

  /// How many there are.
  var count: Int { get }

  /// Hands bytes to all of them.
  ///
  /// - Parameter bytes: this rank's; the length may be another on every rank.
  /// - Returns: everyone's, in the order of ranks.
  func exchange(_ bytes: [UInt8]) -> [[UInt8]]

  /// Begins to add numbers up, in the order of ranks, so that all of them get the same bits.
  ///
  /// - Parameter values: this rank's summands, as many on every rank.
  /// - Returns: waits for the sums; asked once.
  func beginSum(of values: [Float]) -> () -> [Float]
}

extension Ranks {
  /// A rank's rows of a batch, as equal to the others' as can be.
  ///
  /// - Parameter count: the rows of all ranks.
  /// - Returns: this rank's.
  public func share(of count: Int) -> Range<Int> {
    number * count / self.count..<(number + 1) * count / self.count
  }

  /// Hands numbers to all ranks.
  ///
  /// - Parameter values: this rank's; there may be another number of them on every rank.
  /// - Returns: everyone's, in the order of ranks.
  public func exchange(_ values: [Double]) -> [[Double]] {
    if count == 1 { return [values] }
    return exchange(values.withUnsafeBytes { Array($0) }).map { bytes in
      bytes.withUnsafeBytes { $0.bindMemory(to: Double.self).map { $0 } }
    }
  }
}

/// The one process of a run that is not divided.
public struct SingleRank: Ranks {
  /// Creates the rank.
  public init() {}

  /// The only one.
  public var number: Int { 0 }

  /// One.
  public var count: Int { 1 }

  /// Its own bytes.
  ///
  /// - Parameter bytes: this rank's.
  /// - Returns: the same.
  public func exchange(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

  /// A sum of one.
  ///
  /// - Parameter values: this rank's summands.
  /// - Returns: gives the same.
  public func beginSum(of values: [Float]) -> () -> [Float] { { values } }
}
