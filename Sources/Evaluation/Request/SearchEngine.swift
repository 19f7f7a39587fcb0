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
  ///   - backends: what searches; of several, each on a device of its own, the lanes take one after
  ///     the other.
  ///   - judge: the library that decides; the one that searches by default.
  ///   - lanes: threads that each compute batches of their own.
  ///   - width: images that a lane computes at once.
  ///   - prepareThread: called in each lane's thread before anything else.
  /// - Throws: `BackendError` when a library cannot compute the network, or two of the devices would
  ///   round otherwise.
  public init(
    _ model: Model, on backends: [any Backend], judging judge: (any Backend)? = nil, lanes: Int,
    width: Int, prepareThread: @escaping @Sendable () -> Void = {}
  ) throws(BackendError) {
    precondition(!backends.isEmpty, "something searches")
    let first = backends[0]
    if let other = backends.first(where: { $0.instructionSet != first.instructionSet }) {
      throw BackendError(
        place: "--device",
        problem: "\(first.instructionSet) and \(other.instructionSet) round otherwise, so that a "
          + "result would depend on which has an image; name devices of one kind")
    }
    var fast: [any CompiledNetwork] = []
    for backend in backends { fast.append(try backend.compile(model, for: .fast)) }
    let exact = try (judge ?? first).compile(model, for: .exact)
    let judged = judge.map { ["candidates are judged by \($0.description)"] }
    self.init(
      LanePool(
        lanes: lanes, width: width, fast: fast, exact: exact, prepareThread: prepareThread),
      backend: first.description,
      rounding: [first.instructionSet] + fast[0].notes + (judged ?? []))
  }

  /// Compiles a network for one backend and starts lanes.
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
    try self.init(
      model, on: [backend], judging: judge, lanes: lanes, width: width,
      prepareThread: prepareThread)
  }
}
