internal import Execution
import Foundation

/// What a thread that computes has been given.
final class ThreadState {
  /// By device index.
  var streams: [Int: UnsafeMutableRawPointer] = [:]
  /// Sets the thread's device as long as it exists.
  var guardHandle: OpaquePointer?
  var device = -1
  private var keptTeam = false
  private weak var lastTape: Tape?
  private var cores: [CoreKey: WeakCore] = [:]

  private struct CoreKey: Hashable {
    var network: ObjectIdentifier
    var batch: Int
    var derivatives: Derivatives
  }

  private struct WeakCore {
    weak var core: PlanCore?
  }

  /// What computes for a plan; shared among the thread's plans of that size.
  func core(
    of network: TorchNetwork, batch: Int, computing derivatives: Derivatives
  ) throws(BackendError) -> PlanCore {
    let key = CoreKey(
      network: ObjectIdentifier(network), batch: batch, derivatives: derivatives)
    if let known = cores[key]?.core { return known }
    cores = cores.filter { $0.value.core != nil }
    let made = try PlanCore(network, batch: batch, computing: derivatives)
    cores[key] = WeakCore(core: made)
    return made
  }

  /// Frees what another tape of the thread kept before one computes.
  func begin(_ tape: Tape) {
    if lastTape !== tape { lastTape?.clear() }
    lastTape = tape
  }

  /// The calling thread's.
  static var current: ThreadState {
    if let known = pthread_getspecific(threadKey) {
      return Unmanaged<ThreadState>.fromOpaque(known).takeUnretainedValue()
    }
    let state = ThreadState()
    pthread_setspecific(threadKey, Unmanaged.passRetained(state).toOpaque())
    return state
  }

  /// Keeps the number of threads that the calling thread may use now.
  ///
  /// The library sets it anew when it is first asked on a thread.
  func keepTeam(_ functions: TorchFunctions) {
    if keptTeam { return }
    keptTeam = true
    typealias Get = @convention(c) () -> Int32
    typealias Set = @convention(c) (Int32) -> Void
    guard let get = dlsym(nil, "omp_get_max_threads"), let set = dlsym(nil, "omp_set_num_threads")
    else { return }
    let count = unsafeBitCast(get, to: Get.self)()
    var found: UInt32 = 0
    _ = functions.threadCount(&found)
    unsafeBitCast(set, to: Set.self)(count)
  }
}

private let threadKey: pthread_key_t = {
  var key = pthread_key_t()
  pthread_key_create(&key) { pointer in
    if let pointer { Unmanaged<ThreadState>.fromOpaque(pointer).release() }
  }
  return key
}()
