internal import Foundation
internal import Synchronization

/// A thread that runs the jobs of one lane, and evaluates a batch whenever no job is left.
///
/// Being executor of the lane's actor and of its tasks at once, a question costs no change of
/// thread. Unchecked because the queue and the hook are guarded by the condition's lock.
package final class LaneThread: SerialExecutor, TaskExecutor, @unchecked Sendable {
  private let condition = NSCondition()
  private var jobs: [UnownedJob] = []
  private var isStopped = false
  /// Zero until the thread runs; asked so often that a dictionary of the thread would be felt.
  private let runner = Atomic<UInt>(0)
  /// Called on the thread when no job is left; returns whether it did anything.
  private var whenIdle: @Sendable () -> Bool = { false }

  /// Creates a thread that does not run yet.
  package init() {}

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - name: for debuggers.
  ///   - begin: called first on the thread, for settings that belong to a thread.
  package func start(name: String, begin: @escaping @Sendable () -> Void) {
    let thread = Thread { [self] in
      begin()
      run()
    }
    thread.name = name
    // Kernels of large networks use deep stacks.
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Sets what happens when no job is left.
  func onIdle(_ hook: @escaping @Sendable () -> Bool) {
    condition.lock()
    whenIdle = hook
    condition.unlock()
  }

  /// Ends the thread once no job is left.
  package func stop() {
    condition.lock()
    isStopped = true
    whenIdle = { false }
    condition.signal()
    condition.unlock()
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    condition.lock()
    jobs.append(job)
    condition.signal()
    condition.unlock()
  }

  package func checkIsolated() {
    precondition(runner.load(ordering: .relaxed) == UInt(pthread_self()), "not the lane")
  }

  private func run() {
    runner.store(UInt(pthread_self()), ordering: .relaxed)
    while true {
      condition.lock()
      let ready = jobs
      jobs.removeAll(keepingCapacity: true)
      let idle = whenIdle
      condition.unlock()
      for job in ready {
        job.runSynchronously(
          isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      }
      if !ready.isEmpty || idle() { continue }
      condition.lock()
      while jobs.isEmpty && !isStopped { condition.wait() }
      let ended = jobs.isEmpty && isStopped
      condition.unlock()
      if ended {
        runner.store(0, ordering: .relaxed)
        return
      }
    }
  }
}
