public import Execution
public import Graphs

/// Lanes that compute one network, and what a report says of them.
public struct SearchEngine: Sendable {
  /// The lanes.
  public let pool: LanePool
  /// The library that searches, with its version.
  public let backend: String
  /// What decides how sums are rounded: the instruction set, then choices of the fast path.
  public let rounding: [String]

  /// Describes lanes.
  ///
  /// - Parameters:
  ///   - pool: the lanes.
  ///   - backend: the library that searches, with its version.
  ///   - rounding: what of this machine, and then which choices, decide how sums are rounded.
  public init(_ pool: LanePool, backend: String, rounding: [String]) {
    self.pool = pool
    self.backend = backend
    self.rounding = rounding
  }

  /// Compiles a network and starts lanes.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - backend: the library that searches.
  ///   - judge: the library that decides; the one that searches by default.
  ///   - lanes: threads that each compute batches of their own.
  ///   - width: images that a lane computes at once.
  ///   - prepareThread: called in each lane's thread before anything else.
  /// - Throws: `BackendError` when a library cannot compute the network.
  public init(
    _ model: Model, on backend: any Backend, judging judge: (any Backend)? = nil, lanes: Int,
    width: Int, prepareThread: @escaping @Sendable () -> Void = {}
  ) throws(BackendError) {
    let fast = try backend.compile(model, for: .fast)
    let exact = try (judge ?? backend).compile(model, for: .exact)
    let judged = judge.map { ["candidates are judged by \($0.description)"] }
    self.init(
      LanePool(
        lanes: lanes, width: width, fast: fast, exact: exact, prepareThread: prepareThread),
      backend: backend.description,
      rounding: [backend.instructionSet] + fast.notes + (judged ?? []))
  }
}
