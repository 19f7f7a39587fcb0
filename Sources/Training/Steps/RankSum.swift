internal import Execution
internal import Tensors

/// Gradients that are added up over ranks while others are still computed.
struct RankSum {
  /// So many numbers travel together: messages cost time of their own, and late ones make ranks wait.
  private static let bucket = 1 << 18

  private let ranks: any Ranks
  private var waiting: [(name: String, shape: [Int])] = []
  private var values: [Float] = []
  private var begun: [(tensors: [(name: String, shape: [Int])], sums: () -> [Float])] = []

  init(over ranks: any Ranks) { self.ranks = ranks }

  /// Takes a tensor; all ranks hand the same ones over, in the same order.
  mutating func add(_ name: String, _ tensor: Tensor) {
    waiting.append((name, tensor.shape))
    tensor.withUnsafeElements { values.append(contentsOf: $0) }
    if values.count >= Self.bucket { send() }
  }

  /// Waits for all sums.
  mutating func finished() -> [String: Tensor] {
    if !waiting.isEmpty { send() }
    var result: [String: Tensor] = [:]
    for (tensors, sums) in begun {
      var rest = sums()[...]
      for (name, shape) in tensors {
        let count = shape.reduce(1, *)
        result[name] = Tensor(shape: shape, elements: rest.prefix(count))
        rest = rest.dropFirst(count)
      }
    }
    return result
  }

  private mutating func send() {
    begun.append((waiting, ranks.beginSum(of: values)))
    waiting = []
    values = []
  }
}
