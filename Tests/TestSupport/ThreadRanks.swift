public import Execution
internal import Foundation

/// Ranks in one process, each on a thread of its own.
public final class ThreadRanks: Ranks {
  /// Which of them this is.
  public let number: Int
  private let meeting: Meeting

  /// How many there are.
  public var count: Int { meeting.count }

  private init(_ number: Int, _ meeting: Meeting) {
    self.number = number
    self.meeting = meeting
  }

  /// So many ranks that meet one another.
  ///
  /// - Parameter count: at least 1.
  /// - Returns: one for every thread.
  public static func of(_ count: Int) -> [ThreadRanks] {
    let meeting = Meeting(count)
    return (0..<count).map { ThreadRanks($0, meeting) }
  }

  /// Hands bytes over.
  ///
  /// - Parameter bytes: this rank's.
  /// - Returns: everyone's.
  public func exchange(_ bytes: [UInt8]) -> [[UInt8]] { meeting.exchange(bytes, from: number) }

  /// Adds numbers up at once.
  ///
  /// - Parameter values: this rank's.
  /// - Returns: gives the sums.
  public func beginSum(of values: [Float]) -> () -> [Float] {
    let all = exchange(values.withUnsafeBytes { Array($0) }).map { bytes in
      bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }
    let sums = all.dropFirst().reduce(all[0]) { sums, row in zip(sums, row).map { $0 + $1 } }
    return { sums }
  }
}

/// Where ranks wait for one another.
///
/// Unchecked because all is guarded by the condition's lock.
private final class Meeting: @unchecked Sendable {
  let count: Int
  private let condition = NSCondition()
  private var brought: [Int: [UInt8]] = [:]
  private var taken: [[UInt8]] = []
  private var round = 0

  init(_ count: Int) { self.count = count }

  func exchange(_ bytes: [UInt8], from number: Int) -> [[UInt8]] {
    condition.lock()
    defer { condition.unlock() }
    let own = round
    brought[number] = bytes
    if brought.count == count {
      taken = (0..<count).map { brought[$0] ?? [] }
      brought = [:]
      round += 1
      condition.broadcast()
    }
    while round == own { condition.wait() }
    return taken
  }
}
