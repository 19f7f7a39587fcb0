import ArgumentParser
import TorchBackend

/// Options that only `--backend torch` has.
struct TorchOptions: ParsableArguments {
  @Option(
    help: "What `--backend torch` computes on: cpu, cuda, or cuda:1 and so on.",
    transform: Self.device)
  var device: TorchDevice = .cpu

  @Option(
    help: "The numbers that `--backend torch` searches in: float32, tf32, half or bfloat16.",
    transform: Self.precision)
  var precision: TorchPrecision = .float32

  func validate(for backend: BackendName) throws {
    if backend == .torch { return }
    if device != .cpu { throw ValidationError("--device \(device) needs --backend torch") }
    if precision != .float32 {
      throw ValidationError("--precision \(precision.rawValue) needs --backend torch")
    }
  }

  private static func device(_ text: String) throws -> TorchDevice {
    guard let device = TorchDevice(text) else {
      throw ValidationError("--device is cpu, cuda, or cuda:1 and so on, not \(text)")
    }
    return device
  }

  private static func precision(_ text: String) throws -> TorchPrecision {
    guard let precision = TorchPrecision(rawValue: text) else {
      throw ValidationError("--precision is float32, tf32, half or bfloat16, not \(text)")
    }
    return precision
  }
}
