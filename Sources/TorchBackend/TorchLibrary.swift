internal import Execution
import Foundation
import Synchronization

/// The library in this process.
final class TorchLibrary: @unchecked Sendable {
  /// What robeval was written for: functions and the encoding of arguments of 2.10.
  static let oldest: (major: Int, minor: Int) = (2, 10)

  let functions: TorchFunctions
  let symbols: SymbolTable
  /// For example `2.11.0+cu130`.
  let version: String
  /// Which encoding of arguments ``TorchFunctions/call`` is given.
  let encoding: UInt64

  private static let loaded = Mutex<[TorchDevice.Kind: TorchLibrary]>([:])

  /// The library for a kind of device, loaded once.
  ///
  /// - Parameters:
  ///   - kind: the kind of device.
  ///   - precision: decides what NVIDIA's libraries are told before they are loaded.
  /// - Returns: the library.
  /// - Throws: ``BackendError`` when it is not there, too old, or something else.
  static func load(
    for kind: TorchDevice.Kind, precision: TorchPrecision
  ) throws(BackendError) -> TorchLibrary {
    let result: Result<TorchLibrary, BackendError> = loaded.withLock { loaded in
      if let known = loaded[kind] { return .success(known) }
      do throws(BackendError) {
        let library = try TorchLibrary(at: .found(), for: kind, precision: precision)
        loaded[kind] = library
        return .success(library)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Calls `dlopen`.
  private init(
    at location: TorchLocation, for kind: TorchDevice.Kind, precision: TorchPrecision
  ) throws(BackendError) {
    if precision == .float32 {
      // Read by cuBLAS and cuDNN when they are loaded: no product is rounded to 10 bits.
      setenv("NVIDIA_TF32_OVERRIDE", "0", 1)
    }
    let name = kind == .cpu ? "libtorch_cpu.so" : "libtorch.so"
    let path = (location.libraries as NSString).appendingPathComponent(name)
    // The library's own matrix products come before those of OpenBLAS under the same names.
    guard let library = dlopen(path, RTLD_NOW | RTLD_GLOBAL | RTLD_DEEPBIND) else {
      let reason = dlerror().map { String(cString: $0) } ?? "it cannot be loaded"
      throw BackendError(place: path, problem: reason)
    }
    symbols = SymbolTable(library: library, path: path)
    let abiVersion: @convention(c) () -> UInt64 = try symbols.function("aoti_torch_abi_version")
    let number = abiVersion()
    let (major, minor, patch) = (number >> 56 & 255, number >> 48 & 255, number >> 40 & 255)
    version = location.version ?? "\(major).\(minor).\(patch)"
    guard (Int(major), Int(minor)) >= Self.oldest else {
      throw BackendError(
        place: path,
        problem: "is PyTorch \(version); robeval needs 2.10 or later: `pip install --upgrade torch`"
      )
    }
    encoding = UInt64(Self.oldest.major) << 56 | UInt64(Self.oldest.minor) << 48
    functions = try TorchFunctions(symbols, kind: kind.rawValue)
    if kind == .cuda { try fixAlgorithms(allowingTF32: precision != .float32) }
  }

  /// Makes gradients of kernels the same bits every time, in the numbers that were asked for.
  ///
  /// The C interface has no functions for these settings of the whole process; those of C++ are
  /// found under the names that compilers give them.
  private func fixAlgorithms(allowingTF32: Bool) throws(BackendError) {
    typealias Context = @convention(c) () -> UnsafeMutableRawPointer?
    typealias Setting = @convention(c) (UnsafeMutableRawPointer?, Bool) -> Void
    let context: Context = try symbols.function("_ZN2at13globalContextEv")
    let deterministic: Setting = try symbols.function("_ZN2at7Context21setDeterministicCuDNNEb")
    let timed: Setting = try symbols.function("_ZN2at7Context17setBenchmarkCuDNNEb")
    let convolutions: Setting = try symbols.function("_ZN2at7Context17setAllowTF32CuDNNEb")
    let products: Setting = try symbols.function("_ZN2at7Context18setAllowTF32CuBLASEb")
    let settings = context()
    deterministic(settings, true)
    timed(settings, false)
    convolutions(settings, allowingTF32)
    products(settings, allowingTF32)
  }
}
