public import Execution

/// What computes: a backend, how many threads it may use, and who takes part.
public struct Machine: Sendable {
  /// Who computes.
  public var backend: any Backend
  /// How many threads may work at once.
  public var threads: Int
  /// How many batches of a network in evaluation mode are under way at once; one a thread where nil.
  public var lanes: Int?
  /// How many images such a batch has at most; by the network's size where nil.
  public var width: Int?
  /// Makes the backend use so many threads when the calling thread asks it.
  public var useThreads: @Sendable (Int) -> Void
  /// The processes that take every step together.
  public var ranks: any Ranks = SingleRank()

  /// Creates a machine.
  ///
  /// - Parameters:
  ///   - backend: who computes.
  ///   - threads: how many threads may work at once, at least 1.
  ///   - useThreads: makes the backend use so many threads when the calling thread asks it.
  public init(
    backend: any Backend, threads: Int, useThreads: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    precondition(threads > 0, "something must run")
    self.backend = backend
    self.threads = threads
    self.useThreads = useThreads
  }
}
