internal import Execution
import Foundation

/// What a thread that computes has been given.
private final class ThreadState {
  /// By device index.
  var streams: [Int: UnsafeMutableRawPointer] = [:]
  /// Sets the thread's device as long as it exists.
  var guardHandle: OpaquePointer?
  var device = -1
  private var keptTeam = false

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

extension TorchContext {
  /// Prepares the calling thread to compute on the device; ``leave()`` follows.
  ///
  /// Every thread has a stream of its own.
  func enter() throws(BackendError) {
    HeldMessages.begin()
    functions.setGradientMode(false)
    Self.threadState.keepTeam(functions)
    guard let cuda else { return }
    do throws(BackendError) { try select(cuda) } catch {
      HeldMessages.end()
      throw error
    }
  }

  /// Ends what ``enter()`` began.
  func leave() { HeldMessages.end() }

  /// Waits until the device has done what the calling thread asked of it.
  func synchronize() throws(BackendError) {
    guard let cuda, let stream = Self.threadState.streams[device.index] else { return }
    try check("stream_synchronize", cuda.synchronize(stream, Int32(device.index)))
  }

  private func select(_ cuda: CUDAFunctions) throws(BackendError) {
    let state = Self.threadState
    let index = Int32(device.index)
    if state.device == device.index { return }
    if state.guardHandle == nil {
      try check("create_cuda_guard", cuda.createGuard(index, &state.guardHandle))
    } else {
      try check("cuda_guard_set_index", cuda.setGuard(state.guardHandle, index))
    }
    var stream = state.streams[device.index]
    if stream == nil {
      try check("get_cuda_stream_from_pool", cuda.stream(false, index, &stream))
      state.streams[device.index] = stream
    }
    try check("set_current_cuda_stream", cuda.setStream(stream, index))
    state.device = device.index
  }

  private static var threadState: ThreadState {
    if let known = pthread_getspecific(threadKey) {
      return Unmanaged<ThreadState>.fromOpaque(known).takeUnretainedValue()
    }
    let state = ThreadState()
    pthread_setspecific(threadKey, Unmanaged.passRetained(state).toOpaque())
    return state
  }
}

/// The functions that only devices of the kind `cuda` have.
///
/// Unchecked because C functions are pointers to code.
final class CUDAFunctions: @unchecked Sendable {
  let createGuard: @convention(c) (Int32, UnsafeMutablePointer<OpaquePointer?>) -> Int32
  let setGuard: @convention(c) (OpaquePointer?, Int32) -> Int32
  let stream: @convention(c) (Bool, Int32, UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Int32
  let setStream: @convention(c) (UnsafeMutableRawPointer?, Int32) -> Int32
  let synchronize: @convention(c) (UnsafeMutableRawPointer?, Int32) -> Int32

  init(_ symbols: SymbolTable) throws(BackendError) {
    createGuard = try symbols.function("aoti_torch_create_cuda_guard")
    setGuard = try symbols.function("aoti_torch_cuda_guard_set_index")
    stream = try symbols.function("torch_get_cuda_stream_from_pool")
    setStream = try symbols.function("torch_set_current_cuda_stream")
    synchronize = try symbols.function("torch_cuda_stream_synchronize")
  }
}
