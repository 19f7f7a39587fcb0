import Execution

/// The first run that misclassifies, or the best of all, as if one were made after the other.
///
/// Where the oracle has room for branches, several runs are made at once. Those behind the first
/// that misclassifies are given up and leave no trace but their time.
///
/// - Parameters:
///   - count: the number of runs.
///   - start: what the runs have to surpass; returned when it is misclassified itself.
///   - oracle: whom runs ask, directly or through branches.
///   - run: makes a run, given its number.
/// - Returns: the candidate.
/// - Throws: what a run throws.
func bestOfRuns<O: Oracle>(
  _ count: Int, surpassing start: Candidate, asking oracle: O,
  _ run: @escaping @Sendable (Int, O) async throws -> Candidate
) async throws -> Candidate {
  var runs = IndependentRuns<O>(best: start, count: start.isAdversarial ? 0 : count)
  try await withThrowingTaskGroup(of: (number: Int, candidate: Candidate).self) { group in
    while runs.isUndecided {
      while let (number, branch) = runs.next(of: oracle) {
        group.addTask(executorPreference: (branch ?? oracle).executor) {
          (number, try await run(number, branch ?? oracle))
        }
      }
      guard let done = try await group.next() else { break }
      runs.finish(done.number, with: done.candidate, oracle)
    }
    group.cancelAll()
  }
  // Only now have the runs that were given up ended.
  for branch in runs.branches.values { oracle.discard(branch) }
  return runs.best
}

/// Which runs were begun, and what came of those before which none is missing.
private struct IndependentRuns<O: Oracle> {
  private(set) var best: Candidate
  /// Those of runs that do not count yet.
  private(set) var branches: [Int: O] = [:]
  /// How many runs can count.
  private var count: Int
  private var begun = 0
  private var counted = 0
  private var finished: [Int: Candidate] = [:]

  init(best: Candidate, count: Int) {
    self.best = best
    self.count = count
  }

  var isUndecided: Bool { counted < count }

  /// A run to begin: the oracle's own, or one for a branch; nil when there is none or no room.
  mutating func next(of oracle: O) -> (number: Int, branch: O?)? {
    if begun >= count { return nil }
    let number = begun
    // What the oracle itself is asked counts at once, so the run must be sure to count.
    if number == counted {
      begun += 1
      return (number, nil)
    }
    guard let branch = oracle.branch() else { return nil }
    branches[number] = branch
    begun += 1
    return (number, branch)
  }

  mutating func finish(_ number: Int, with candidate: Candidate, _ oracle: O) {
    finished[number] = candidate
    if candidate.isAdversarial { count = min(count, number + 1) }
    while counted < count, let next = finished.removeValue(forKey: counted) {
      best = best.orBetter(next)
      if let branch = branches.removeValue(forKey: counted) { oracle.adopt(branch) }
      counted += 1
    }
  }
}
