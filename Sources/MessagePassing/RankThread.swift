internal import Foundation

/// The one thread that talks to the other ranks: MPI is asked for no more.
///
/// Unchecked because the queue is guarded by the condition's lock.
final class RankThread: @unchecked Sendable {
  private let condition = NSCondition()
  private var jobs: [@Sendable () -> Void] = []

  init() {
    let thread = Thread { [self] in while true { next()() } }
    thread.name = "ranks"
    thread.start()
  }

  /// Does something on the thread, after all that was asked for before.
  func begin(_ job: @escaping @Sendable () -> Void) {
    condition.lock()
    jobs.append(job)
    condition.signal()
    condition.unlock()
  }

  /// Does something on the thread and waits for it.
  func run<Result: Sendable>(_ job: @escaping @Sendable () -> Result) -> Result {
    let answer = Answer<Result>()
    begin { answer.give(job()) }
    return answer.wait()
  }

  private func next() -> @Sendable () -> Void {
    condition.lock()
    defer { condition.unlock() }
    while jobs.isEmpty { condition.wait() }
    return jobs.removeFirst()
  }
}

/// What a job gives.
///
/// Unchecked because the semaphore orders the two accesses.
final class Answer<Value: Sendable>: @unchecked Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  private var value: Value?

  func give(_ value: Value) {
    self.value = value
    semaphore.signal()
  }

  /// Waits until it is given; asked for once.
  func wait() -> Value {
    semaphore.wait()
    guard let value else { preconditionFailure("the value was given") }
    return value
  }
}
