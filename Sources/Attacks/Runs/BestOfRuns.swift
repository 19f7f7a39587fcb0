import Execution

/// The first run that misclassifies, or the best of all, as if one were made after the other.
///
/// - Parameters:
///   - count: the number of runs.
///   - start: what the runs have to surpass; returned when it is misclassified itself.
///   - oracle: whom runs ask.
///   - run: makes a run, given its number and whom to ask.
/// - Returns: the candidate.
/// - Throws: what a run throws.
func bestOfRuns<Asked: SharedOracle>(
  _ count: Int, surpassing start: Candidate, asking oracle: Asked,
  _ run: @escaping @Sendable (Int, Asked) async throws -> Candidate
) async throws -> Candidate {
  if start.isAdversarial { return start }
  return try await oracle.runs(count, until: \.isAdversarial, run)
    .reduce(start) { $0.orBetter($1) }
}
