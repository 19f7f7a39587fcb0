public import Tensors

/// A running average of a network's weights.
public struct WeightAverage: Sendable {
  /// The average, by name; empty until the first weights are added.
  public private(set) var parameters: [String: Tensor]

  /// Continues an average.
  ///
  /// - Parameter parameters: what was averaged so far; empty to begin.
  public init(_ parameters: [String: Tensor] = [:]) { self.parameters = parameters }

  /// Moves the average towards weights: average ← kept·average + (1 − kept)·weights.
  ///
  /// The first weights are taken as they are.
  ///
  /// - Parameters:
  ///   - weights: the live ones.
  ///   - kept: the share of the old average.
  ///   - names: what is averaged; everything else is copied.
  public mutating func add(
    _ weights: [String: Tensor], keeping kept: Double, averaging names: Set<String>
  ) {
    for (name, weight) in weights {
      guard names.contains(name), parameters[name] != nil, kept > 0 else {
        parameters[name] = weight
        continue
      }
      let share = Float(kept)
      let rest = Float(1 - kept)
      parameters[name]?.withUnsafeMutableElements { average in
        weight.withUnsafeElements { live in
          for i in 0..<average.count { average[i] = share * average[i] + rest * live[i] }
        }
      }
    }
  }
}
