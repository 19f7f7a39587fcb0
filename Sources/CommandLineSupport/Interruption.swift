internal import Dispatch
internal import Glibc
internal import Synchronization

/// Turns Ctrl-C, SIGTERM and the end of a terminal into a wish to stop, so that what is in flight ends
/// and nothing is torn; a second signal ends the process at once, with a sentence too.
public final class Interruption: Sendable {
  private let program: String
  private let signals = Mutex(0)

  /// Waits for nothing yet.
  ///
  /// - Parameter program: what its sentences begin with.
  public init(of program: String) { self.program = program }

  /// Whether a signal came.
  public var isAsked: Bool { signals.withLock { $0 > 0 } }

  /// Runs a task that the first signal cancels.
  ///
  /// - Parameter body: what is run.
  /// - Returns: what the body returns.
  /// - Throws: what the body throws.
  public func cancelling<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let task = Task { try await body() }
    return try await watching(onFirst: { task.cancel() }) { try await task.value }
  }

  /// Runs something that asks ``isAsked`` while signals are caught.
  ///
  /// - Parameter body: what is run.
  /// - Throws: what the body throws.
  public func watching(_ body: () async throws -> Void) async throws {
    try await watching(onFirst: {}, body)
  }

  private func watching<Result>(
    onFirst stop: @escaping @Sendable () -> Void, _ body: () async throws -> Result
  ) async throws -> Result {
    // Who started the program with nohup wants it to outlive the terminal.
    let caught = [SIGINT, SIGTERM] + (Self.isIgnored(SIGHUP) ? [] : [SIGHUP])
    let sources = caught.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [self] in
        let count = signals.withLock { count in
          count += 1
          return count
        }
        if count > 1 { endAtOnce() }
        stop()
      }
      source.resume()
      return source
    }
    // The signals stay ignored: what comes afterwards, a report or a sentence, is short.
    defer { for source in sources { source.cancel() } }
    return try await body()
  }

  /// Whatever was settled or saved is on its way to the disk already.
  private func endAtOnce() -> Never {
    StandardError.write(
      "\(program): interrupted twice and ended at once; what was saved is kept, and the same command "
        + "goes on\n")
    _exit(75)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
