import CommandLineSupport
import Execution
import Files
import Foundation
import MessagePassing
import Synchronization
import Training

/// This process as one of several that train together: only rank 0 speaks, unless another fails
/// alone.
enum RankProcess {
  /// Standard error as it was.
  private static let voice = Mutex<Int32>(2)

  private static let start = RankStart.told(by: ProcessInfo.processInfo.environment)

  /// Threads a process: those that may be used here, divided among its neighbours.
  static var threads: Int {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    guard start != nil else { return cores }
    // A process that was bound to cores sees no others.
    let neighbours = RankStart.neighbours(in: ProcessInfo.processInfo.environment)
    let all = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    return cores < all ? cores : max(cores / neighbours, 1)
  }

  /// Keeps ranks that say the same as rank 0 from saying it.
  static func begin() {
    guard let start, start.number > 0 else { return }
    voice.withLock { $0 = dup(2) }
    let nowhere = open("/dev/null", O_WRONLY)
    dup2(nowhere, 1)
    dup2(nowhere, 2)
    close(nowhere)
  }

  /// Refuses commands that one process runs.
  static func requireOne(_ command: String) throws {
    guard let start else { return }
    throw UsageError(command, "is for one process; \(start.count) were started")
  }

  /// Does something together with the other processes, if there are any.
  static func together(
    endedBy interruption: Interruption, _ body: (any Ranks) async throws -> Void
  ) async throws {
    guard let start else { return try await body(SingleRank()) }
    let ranks = try MPIRanks(
      mustEnd: { interruption.isAsked },
      lost: { problem in
        if start.number == 0 {
          say(problem + "; what was saved is kept, and the same command goes on")
        }
        _exit(75)
      })
    do { try await body(ranks) } catch {
      // Of such errors every rank knows; of others the starter tells the rest.
      let common = error as? CommonFailure
      if common != nil || error is TrainingError {
        ranks.finish()
      } else if start.number > 0 {
        say("rank \(start.number): \(error)")
      }
      throw common?.error ?? error
    }
    ranks.finish()
  }

  private static func say(_ sentence: String) {
    let line = Array("robtrain: \(sentence)\n".utf8)
    _ = voice.withLock { write($0, line, line.count) }
  }
}

extension Ranks {
  /// Does what one rank may fail to do, and lets all fail where one does.
  ///
  /// - Parameter prepare: talks to no other rank.
  /// - Returns: what it returns.
  /// - Throws: what it throws here, or a sentence about the rank that failed.
  func agreeing<Result>(_ prepare: () throws -> Result) throws -> Result {
    let outcome = Swift.Result { try prepare() }
    if count == 1 { return try outcome.get() }
    var sentence = ""
    if case .failure(let error) = outcome { sentence = "\(error)" }
    let all = exchange(Array(sentence.utf8)).map { String(decoding: $0, as: UTF8.self) }
    switch outcome {
    case .failure(let error): throw CommonFailure(error: error)
    case .success(let result):
      if let other = all.firstIndex(where: { !$0.isEmpty }) {
        throw TrainingError(place: "rank \(other)", problem: all[other])
      }
      return result
    }
  }
}

/// A failure of which all ranks know.
struct CommonFailure: Error {
  let error: any Error
}
