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
  ///   - threads: how many may work at once.
  public mutating func add(
    _ weights: [String: Tensor], keeping kept: Double, averaging names: Set<String>,
    threads: Int = 1
  ) {
    var moves: [AverageMove] = []
    for (name, weight) in weights {
      guard names.contains(name), parameters[name] != nil, kept > 0 else {
        parameters[name] = weight
        continue
      }
      parameters[name]?.withUnsafeMutableElements { average in
        weight.withUnsafeElements { moves.append(AverageMove(average: average, live: $0)) }
      }
    }
    let (share, rest) = (Float(kept), Float(1 - kept))
    withExtendedLifetime(weights) {
      ElementBlocks(of: moves.map(\.average.count)).forEach(threads: threads) { tensor, elements in
        let average = moves[tensor].average.extracting(elements)
        let live = moves[tensor].live.extracting(elements)
        for i in average.indices { average[i] = share * average[i] + rest * live[i] }
      }
    }
  }
}

/// One parameter's average and what it moves towards; whoever makes it keeps the memory.
private struct AverageMove {
  var average: UnsafeMutableBufferPointer<Float>
  var live: UnsafeBufferPointer<Float>
}
