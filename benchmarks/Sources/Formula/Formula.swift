public import Graphs
public import Tensors

/// Numbers that follow from tensor number and element, so that other programs can have the same.
public enum Formula {
  /// The golden files' integer hash, from -0.5 to 0.5.
  ///
  /// - Parameters:
  ///   - tensor: the position of a parameter among all; -1 for images.
  ///   - element: the position in the tensor.
  /// - Returns: the number.
  public static func number(tensor: Int, element: Int) -> Double {
    var hash =
      UInt32(truncatingIfNeeded: element) &* 2_654_435_761
      &+ UInt32(truncatingIfNeeded: tensor + 1) &* 2_246_822_519 &+ 374_761_393
    hash ^= hash >> 15
    hash &*= 2_246_822_519
    hash ^= hash >> 13
    hash &*= 3_266_489_917
    hash ^= hash >> 16
    return Double(hash) / 4_294_967_296 - 0.5
  }

  /// Parameters of plausible size, so that activations neither explode nor vanish.
  ///
  /// - Parameter architecture: the network.
  /// - Returns: all its parameters, by name.
  public static func parameters(of architecture: Architecture) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (number, name) in architecture.parameterOrder.enumerated() {
      guard let shape = architecture.parameterShapes[name] else { continue }
      let deviation = (24 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
      var tensor = Tensor(shape: shape)
      tensor.withUnsafeMutableElements { elements in
        for element in elements.indices {
          let u = self.number(tensor: number, element: element)
          elements[element] = Float(
            shape.count > 1
              ? u * deviation
              : name.hasSuffix("running_var")
                ? 1 + 0.8 * (u + 0.5) : name.hasSuffix("weight") ? 1 + 0.4 * u : 0.4 * u)
        }
      }
      result[name] = tensor
    }
    return result
  }

  /// Pixels from 0 to 1.
  ///
  /// - Parameter count: how many.
  /// - Returns: the pixels of one image after the other.
  public static func pixels(_ count: Int) -> [Float] {
    (0..<count).map { Float(number(tensor: -1, element: $0)) + 0.5 }
  }
}
