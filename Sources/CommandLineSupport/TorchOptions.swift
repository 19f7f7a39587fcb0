public import ArgumentParser
public import TorchBackend

/// Options that only `--backend torch` has.
public struct TorchOptions: ParsableArguments, Sendable {
  /// Where PyTorch computes.
  @Option(
    help: "What `--backend torch` computes on: cpu, cuda, or cuda:1 and so on.",
    transform: Self.device)
  public var device: TorchDevice = .cpu

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
