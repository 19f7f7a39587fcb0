internal import COneDNN
internal import Execution

/// Turns a oneDNN status into an error that names the function.
///
/// - Parameters:
///   - function: the C function called, for the message.
///   - status: what it returned.
/// - Throws: ``BackendError`` unless the status is success.
func check(_ function: StaticString, _ status: dnnl_status_t) throws(BackendError) {
  if status == dnnl_success { return }
  let reason =
    switch status {
    case dnnl_out_of_memory: "out of memory"
    case dnnl_invalid_arguments: "invalid arguments"
    case dnnl_unimplemented: "not implemented for these shapes"
    case dnnl_runtime_error: "failed while running"
    default: "status \(status.rawValue)"
    }
  throw BackendError(place: "\(function)", problem: reason)
}

/// The process-wide CPU engine.
///
/// Unchecked because the C handle is a pointer; oneDNN's engines may be used from any thread.
final class Engine: @unchecked Sendable {
  let handle: dnnl_engine_t

  private init(handle: dnnl_engine_t) { self.handle = handle }

  /// Made once.
  ///
  /// Calls `dnnl_engine_create`.
  static let shared: Result<Engine, BackendError> = {
    var handle: dnnl_engine_t?
    let status = dnnl_engine_create(&handle, dnnl_cpu, 0)
    guard status == dnnl_success, let handle else {
      return .failure(BackendError(place: "dnnl_engine_create", problem: "no CPU engine"))
    }
    return .success(Engine(handle: handle))
  }()

  /// For example `onednn 2.6.3`.
  ///
  /// Calls `dnnl_version`.
  static var version: String {
    guard let version = dnnl_version()?.pointee else { return "onednn" }
    return "onednn \(version.major).\(version.minor).\(version.patch)"
  }

  /// The instruction set that oneDNN computes in single precision with.
  ///
  /// Extensions for other numbers than single precision change nothing here and are left out.
  ///
  /// Calls `dnnl_get_effective_cpu_isa`.
  static var instructionSet: String {
    // Instruction sets are bit sets that contain those they build on.
    let bits = dnnl_get_effective_cpu_isa().rawValue
    let known = [
      (dnnl_cpu_isa_avx512_core, "AVX-512"), (dnnl_cpu_isa_avx512_mic, "AVX-512 (Xeon Phi)"),
      (dnnl_cpu_isa_avx2, "AVX2"), (dnnl_cpu_isa_avx, "AVX"), (dnnl_cpu_isa_sse41, "SSE4.1"),
    ]
    return known.first { bits & $0.0.rawValue == $0.0.rawValue }?.1 ?? "plain code"
  }

  /// Whether the processor has AVX-512, which Winograd kernels and blocks of 16 channels are made for.
  ///
  /// Calls `dnnl_get_effective_cpu_isa`.
  static var hasWideVectors: Bool {
    // Instruction sets are bit sets that contain those they build on.
    let avx512 = dnnl_cpu_isa_avx512_core.rawValue
    return dnnl_get_effective_cpu_isa().rawValue & avx512 == avx512
  }
}

/// A queue in which primitives run, one a plan.
///
/// Not thread-safe.
final class Stream {
  let handle: dnnl_stream_t

  /// Calls `dnnl_stream_create`.
  init(on engine: Engine) throws(BackendError) {
    var handle: dnnl_stream_t?
    try check(
      "dnnl_stream_create",
      dnnl_stream_create(&handle, engine.handle, dnnl_stream_default_flags.rawValue))
    guard let handle else {
      throw BackendError(place: "dnnl_stream_create", problem: "no stream")
    }
    self.handle = handle
  }

  deinit { dnnl_stream_destroy(handle) }
}
