import Dispatch
import Foundation

/// Turns Ctrl-C and SIGTERM into cancellation, so that what is in flight ends and nothing is torn.
enum Interruption {
  /// Runs a task that the first signal cancels; a second one ends the process.
  static func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let task = Task { try await body() }
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        signal(number, SIG_DFL)
        task.cancel()
      }
      source.resume()
      return source
    }
    defer { for source in sources { source.cancel() } }
    try await task.value
  }
}
