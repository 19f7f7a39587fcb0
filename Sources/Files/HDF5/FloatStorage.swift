public import Tensors

/// In how many bits numbers are kept in a file.
public enum FloatStorage: String, Hashable, Sendable, CaseIterable {
  /// 32 bits: as they are.
  case single
  /// 16 bits: rounded to the nearest number of IEEE 754's half precision, to even between two.
  case half

  /// A tensor as it will be read back.
  ///
  /// - Parameter tensor: any numbers.
  /// - Returns: the rounded ones; those beyond ±65504 are infinite in half precision.
  public func rounded(_ tensor: Tensor) -> Tensor {
    guard self == .half else { return tensor }
    var result = tensor
    result.withUnsafeMutableElements { elements in
      for position in elements.indices { elements[position] = Float(Float16(elements[position])) }
    }
    return result
  }
}
