import Dispatch
import Foundation
import Synchronization

/// Turns Ctrl-C and SIGTERM into a wish to stop after the step under way; a second one ends the
/// process.
final class Interruption: Sendable {
  private let asked = Mutex(false)

  /// Whether a signal came.
  var isAsked: Bool { asked.withLock { $0 } }

  /// Runs something while signals are caught.
  func watching(_ body: () async throws -> Void) async throws {
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [self] in
        signal(number, SIG_DFL)
        asked.withLock { $0 = true }
      }
      source.resume()
      return source
    }
    defer { for source in sources { source.cancel() } }
    try await body()
  }
}
