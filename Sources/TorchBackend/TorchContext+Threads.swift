internal import Execution
import Foundation

extension TorchContext {
  /// Prepares the calling thread to compute on the device; ``leave()`` follows.
  ///
  /// Every thread has a stream of its own.
  func enter() throws(BackendError) {
    HeldMessages.begin()
    functions.setGradientMode(false)
    ThreadState.current.keepTeam(functions)
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
    guard let cuda, let stream = ThreadState.current.streams[device.index] else { return }
    try check("stream_synchronize", cuda.synchronize(stream, Int32(device.index)))
  }

  private func select(_ cuda: CUDAFunctions) throws(BackendError) {
    let state = ThreadState.current
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
