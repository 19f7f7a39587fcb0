public import ArgumentParser
public import TorchBackend

/// Options that only `--backend torch` has.
public struct TorchOptions: ParsableArguments, Sendable {
  /// Where PyTorch computes.
  @Option(
    name: .customLong("device"),
    help: "What `--backend torch` computes on: cpu, cuda, cuda:1, or several, as cuda:0,cuda:1.",
    transform: Self.devices)
  public var devices: TorchDevices = .cpu

  /// The numbers in which it computes.
  @Option(
    help: "The numbers that `--backend torch` computes in: float32, tf32, half or bfloat16.",
    transform: Self.precision)
  public var precision: TorchPrecision = .float32

  /// Creates options with their defaults.
  public init() {}

  /// Refuses the options where another library computes.
  ///
  /// - Parameter isTorch: whether PyTorch computes.
  /// - Throws: `ValidationError` naming the option.
  public func validate(isTorch: Bool) throws {
    if isTorch { return }
    if devices != .cpu { throw ValidationError("--device \(devices) needs --backend torch") }
    if precision != .float32 {
      throw ValidationError("--precision \(precision.rawValue) needs --backend torch")
    }
  }

  private static func devices(_ text: String) throws -> TorchDevices {
    guard let devices = TorchDevices(text) else {
      throw ValidationError(
        "--device is cpu, cuda, cuda:1 and so on, or several of these as cuda:0,cuda:1, each once; "
          + "not \(text)")
    }
    return devices
  }

  private static func precision(_ text: String) throws -> TorchPrecision {
    guard let precision = TorchPrecision(rawValue: text) else {
      throw ValidationError("--precision is float32, tf32, half or bfloat16, not \(text)")
    }
    return precision
  }
}
