public import Execution
import Foundation

/// What computes, in a reader's words.
enum Processor {
  /// The vectors that the library uses on this machine's processor.
  ///
  /// `ATEN_CPU_CAPABILITY` can lower them.
  static var vectors: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let flags = text.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
    let known = [("avx512f", "AVX-512"), ("avx2", "AVX2")]
    let best = known.first { flags.split(separator: " ").contains(Substring($0.0)) }?.1
    let asked = ProcessInfo.processInfo.environment["ATEN_CPU_CAPABILITY"]
    return (best ?? "plain code") + (asked.map { ", ATEN_CPU_CAPABILITY=\($0)" } ?? "")
  }

  /// The name of an accelerator, from its driver.
  static func name(of device: TorchDevice) throws(BackendError) -> String {
    try CUDADriver.device(device).name
  }
}

extension TorchDevice {
  /// How much memory an accelerator has, in bytes.
  ///
  /// - Returns: nil where the device is this machine's processor.
  /// - Throws: ``BackendError`` when there is no such device.
  public func memory() throws(BackendError) -> Int? {
    kind == .cpu ? nil : try CUDADriver.device(self).memory
  }
}

/// The accelerators that the driver knows.
enum CUDADriver {
  struct Device: Hashable {
    var name: String
    /// In bytes.
    var memory: Int
  }

  /// One of them.
  static func device(_ device: TorchDevice) throws(BackendError) -> Device {
    let devices = try devices()
    guard devices.indices.contains(device.index) else {
      throw BackendError(
        place: "--device \(device)",
        problem: devices.isEmpty
          ? "this machine has no such device"
          : "this machine has cuda:0 to cuda:\(devices.count - 1)")
    }
    return devices[device.index]
  }

  /// All accelerators; calls `cuInit`, `cuDeviceGetCount`, `cuDeviceGetName` and `cuDeviceTotalMem`.
  static func devices() throws(BackendError) -> [Device] {
    guard let library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL) else {
      throw BackendError(
        place: "cuda", problem: "this machine has no driver for it: libcuda.so.1 is not found")
    }
    let symbols = SymbolTable(library: library, path: "libcuda.so.1")
    let initialize: @convention(c) (UInt32) -> Int32 = try symbols.function("cuInit")
    let count: @convention(c) (UnsafeMutablePointer<Int32>) -> Int32 = try symbols.function(
      "cuDeviceGetCount")
    let get: @convention(c) (UnsafeMutablePointer<Int32>, Int32) -> Int32 = try symbols.function(
      "cuDeviceGet")
    let name: @convention(c) (UnsafeMutablePointer<CChar>, Int32, Int32) -> Int32 =
      try symbols.function("cuDeviceGetName")
    let memory: @convention(c) (UnsafeMutablePointer<Int>, Int32) -> Int32 = try symbols.function(
      "cuDeviceTotalMem_v2")
    var found: Int32 = 0
    let status = initialize(0)
    guard status == 0, count(&found) == 0 else {
      throw BackendError(
        place: "cuda", problem: "the driver finds no device and gives error \(status)")
    }
    return (0..<found).map { index in
      var device: Int32 = 0
      var text = [CChar](repeating: 0, count: 256)
      var bytes = 0
      _ = get(&device, index)
      _ = name(&text, 256, device)
      _ = memory(&bytes, device)
      let letters = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      return Device(name: String(decoding: letters, as: UTF8.self), memory: bytes)
    }
  }
}
