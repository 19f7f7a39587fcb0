/// An oracle that gives out others like it, for parts of an attack that are worked on at once.
///
/// What a branch is asked counts only once it is adopted.
protocol BranchingOracle: SharedOracle {
  /// An oracle for a run beside the others; nil where nothing is free for it.
  func branch() -> Self?

  /// Where a branch is worked on; nil for anywhere.
  var executor: (any TaskExecutor)? { get }

  /// Counts what a branch was asked, whose work is done.
  func adopt(_ branch: Self)

  /// Counts only the time of a branch that turned out to be superfluous, whose work is done.
  func discard(_ branch: Self)
}

extension BranchingOracle {
  /// Makes several runs at once where there is room for branches.
  ///
  /// Those behind the first that is enough are given up and leave no trace but their time.
  public func runs<Result: Sendable>(
    _ count: Int, until isEnough: @Sendable (Result) -> Bool,
    _ run: @escaping @Sendable (Int, Self) async throws -> Result
  ) async throws -> [Result] {
    var runs = OrderedRuns<Self, Result>(count: count)
    try await withThrowingTaskGroup(of: (number: Int, result: Result).self) { group in
      while runs.isUndecided {
        while let (number, branch) = runs.next(of: self) {
          group.addTask(executorPreference: (branch ?? self).executor) {
            (number, try await run(number, branch ?? self))
          }
        }
        guard let done = try await group.next() else { break }
        runs.finish(done.number, with: done.result, isLast: isEnough(done.result), of: self)
      }
      group.cancelAll()
    }
    // Only now have the runs that were given up ended.
    for branch in runs.branches.values { discard(branch) }
    return runs.results
  }
}

/// Which runs were begun, and what came of those before which none is missing.
private struct OrderedRuns<Asked: BranchingOracle, Result: Sendable> {
  private(set) var results: [Result] = []
  /// Those of runs that do not count yet.
  private(set) var branches: [Int: Asked] = [:]
  /// How many runs can count.
  private var count: Int
  private var begun = 0
  private var finished: [Int: Result] = [:]

  init(count: Int) { self.count = count }

  var isUndecided: Bool { results.count < count }

  /// A run to begin: the oracle's own, or one for a branch; nil when there is none or no room.
  mutating func next(of oracle: Asked) -> (number: Int, branch: Asked?)? {
    if begun >= count { return nil }
    let number = begun
    // What the oracle itself is asked counts at once, so the run must be sure to count.
    if number == results.count {
      begun += 1
      return (number, nil)
    }
    guard let branch = oracle.branch() else { return nil }
    branches[number] = branch
    begun += 1
    return (number, branch)
  }

  mutating func finish(
    _ number: Int, with result: Result, isLast: Bool, of oracle: Asked
  ) {
    finished[number] = result
    if isLast { count = min(count, number + 1) }
    while results.count < count, let next = finished.removeValue(forKey: results.count) {
      if let branch = branches.removeValue(forKey: results.count) { oracle.adopt(branch) }
      results.append(next)
    }
  }
}
