public import Tensors

/// An oracle that may answer several questions of one attack at once.
///
/// Both calls give what asking one after the other gives, and what turns out to be superfluous
/// leaves no trace but its time: results and counts do not depend on how much is asked at once.
public protocol SharedOracle: Oracle {
  /// The logits at images, one after the other, up to the first for which that is enough.
  ///
  /// - Parameters:
  ///   - count: how many images there are at most, at least 1.
  ///   - propose: makes the next image; it may be called for more images than there are rows.
  ///   - isEnough: called with every row in order; whether those behind it are superfluous.
  /// - Returns: at least one row, and no row behind one that was enough; fewer than `count` where no
  ///   more could be asked at once.
  /// - Throws: what ``Oracle/logits(at:)`` and `isEnough` throw.
  func logits(
    atMost count: Int, proposing propose: () -> Image,
    until isEnough: ([Float]) async throws -> Bool
  ) async throws -> [[Float]]

  /// The results of runs, one after the other, up to the first for which that is enough.
  ///
  /// - Parameters:
  ///   - count: how many runs there are at most.
  ///   - isEnough: whether the runs behind one with this result are superfluous.
  ///   - run: makes a run, given its number and whom to ask; a run that turns out to be superfluous
  ///     is cancelled.
  /// - Returns: the results in the order of the runs, none behind one that was enough.
  /// - Throws: what a run throws.
  func runs<Result: Sendable>(
    _ count: Int, until isEnough: @Sendable (Result) -> Bool,
    _ run: @escaping @Sendable (Int, Self) async throws -> Result
  ) async throws -> [Result]
}

/// An oracle that is asked one question after the other.
public protocol SequentialOracle: SharedOracle {}

extension SequentialOracle {
  /// Asks for one image.
  public func logits(
    atMost count: Int, proposing propose: () -> Image,
    until isEnough: ([Float]) async throws -> Bool
  ) async throws -> [[Float]] {
    let row = try await logits(at: propose())
    _ = try await isEnough(row)
    return [row]
  }

  /// Makes one run after the other.
  public func runs<Result: Sendable>(
    _ count: Int, until isEnough: @Sendable (Result) -> Bool,
    _ run: @escaping @Sendable (Int, Self) async throws -> Result
  ) async throws -> [Result] {
    var results: [Result] = []
    for number in 0..<count {
      let result = try await run(number, self)
      results.append(result)
      if isEnough(result) { break }
    }
    return results
  }
}
