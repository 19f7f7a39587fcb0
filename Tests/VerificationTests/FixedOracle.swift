import Execution
import Synchronization
import Tensors

/// Gives logits that depend on nothing but how often it was asked.
final class FixedOracle: SequentialOracle {
  let classes = 3
  private let answers: @Sendable (Int) -> [Float]
  private let asked = Mutex(0)

  init(_ answers: @escaping @Sendable (Int) -> [Float]) { self.answers = answers }

  func logits(at image: Image) async throws -> [Float] {
    answers(
      asked.withLock { asked in
        asked += 1
        return asked
      })
  }

  func gradient(
    of objective: some Objective, at image: Image, label: Int
  ) async throws -> Answer {
    let logits = try await logits(at: image)
    return Answer(
      value: objective.evaluate(logits, label: label).value, logits: logits,
      gradient: Image(shape: image.shape, repeating: 0))
  }
}
