import Synchronization
import Tensors
import Testing

@testable import Training

@Suite("Elements of many tensors in blocks") struct ElementBlocksTests {
  /// Around the length of a block.
  private static let counts = [0, 1, (1 << 18) - 1, 1 << 18, (1 << 18) + 1, 3 << 18, 5]

  @Test("Every element comes once, whatever the threads", arguments: [1, 2, 3, 64])
  func coverage(threads: Int) {
    let seen = Mutex([[Int]](Self.counts.map { [Int](repeating: 0, count: $0) }))
    ElementBlocks(of: Self.counts).forEach(threads: threads) { tensor, elements in
      seen.withLock { seen in for element in elements { seen[tensor][element] += 1 } }
    }
    #expect(seen.withLock { $0.allSatisfy { $0.allSatisfy { $0 == 1 } } })
  }

  @Test("An average and a descent have the same bits with any number of threads")
  func equalBits() {
    let names = Self.counts.indices.map { "weight \($0)" }
    func tensors(_ seed: UInt64) -> [String: Tensor] {
      var random = RandomStream(seed: seed)
      return Dictionary(
        uniqueKeysWithValues: zip(names, Self.counts).map { name, count in
          (name, Tensor(shape: [count], elements: (0..<count).map { _ in random.uniform() - 0.5 }))
        })
    }
    let weights = tensors(1)
    let gradient = LossGradient(tensors(2), images: nil)
    func state(threads: Int) -> ([[Float]], [[Float]], Double) {
      var state = TrainingState(parameters: weights)
      var average = WeightAverage()
      for _ in 0..<3 {
        state.descend(
          gradient, Optimizer(momentum: 0.9, weightDecay: 5e-4), learningRate: 0.1, momentum: 0.9,
          threads: threads)
        average.add(
          state.parameters, keeping: 0.75, averaging: Set(names.dropLast()), threads: threads)
      }
      return (
        names.map { state.parameters[$0]?.elements ?? [] },
        names.map { average.parameters[$0]?.elements ?? [] },
        LossGradient(tensors(2), images: nil, threads: threads).norm
      )
    }
    let alone = state(threads: 1)
    for threads in [2, 3, 64] {
      let shared = state(threads: threads)
      #expect(alone.0 == shared.0)
      #expect(alone.1 == shared.1)
      #expect(alone.2 == shared.2)
    }
  }
}
