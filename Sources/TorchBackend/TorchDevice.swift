/// A processor that the library computes on.
public struct TorchDevice: Hashable, Sendable, CustomStringConvertible {
  /// What kinds the backend knows.
  public enum Kind: String, Hashable, Sendable {
    /// The processor of this machine.
    case cpu
    /// A graphics processor, CUDA's or, in builds of the library for it, ROCm's.
    case cuda
  }

  /// What it is.
  public var kind: Kind
  /// Which of its kind.
  public var index: Int

  /// The processor of this machine.
  public static let cpu = TorchDevice(kind: .cpu, index: 0)

  /// Names a device.
  ///
  /// - Parameters:
  ///   - kind: what it is.
  ///   - index: which of its kind.
  public init(kind: Kind, index: Int) {
    self.kind = kind
    self.index = index
  }

  /// Reads a device as PyTorch writes it.
  ///
  /// - Parameter text: `cpu`, `cuda`, or `cuda:` and a number.
  public init?(_ text: some StringProtocol) {
    let words = text.split(separator: ":", omittingEmptySubsequences: false)
    guard let kind = words.first.flatMap({ Kind(rawValue: String($0)) }), words.count <= 2 else {
      return nil
    }
    if words.count == 1 {
      self.init(kind: kind, index: 0)
    } else {
      guard kind == .cuda, words[1].allSatisfy(\.isNumber), let index = Int(words[1]), index < 128
      else { return nil }
      self.init(kind: kind, index: index)
    }
  }

  /// For example `cuda:1`.
  public var description: String { kind == .cpu ? "cpu" : "cuda:\(index)" }
}

/// In which numbers the fast path computes.
public enum TorchPrecision: String, Sendable, Hashable, CaseIterable {
  /// Single precision.
  case float32
  /// Single precision, products of numbers that are rounded to 10 bits behind the point.
  case tf32
  /// Half precision: 5 bits of exponent and 10 behind the point.
  case half
  /// 8 bits of exponent and 7 behind the point.
  case bfloat16

  /// What a report must say of runs whose results are not those of seed and image alone.
  ///
  /// An H100 gave 32 of 256 images other bits elsewhere in the batch, in tf32 and in bfloat16; none
  /// in float32.
  ///
  /// - Parameter isAccelerator: whether a device other than the processor computes.
  /// - Returns: a sentence; nil where there is nothing to say.
  func note(isAccelerator: Bool) -> String? {
    guard isAccelerator, self != .float32 else { return nil }
    return "torch may give an image other bits elsewhere in a batch in \(rawValue), so that a "
      + "repeated search may take another way"
  }
}
