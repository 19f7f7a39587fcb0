import Execution
import Tensors
import Testing

@testable import Training

/// What a step does to tensors.
struct StepArithmeticTests {
  @Test func weightsArePerturbedByAPartOfTheirNorm() {
    let gradient = LossGradient(
      [
        "fc.weight": Tensor(shape: [2, 2], elements: [0.1, -0.2, 0.05, 0.3]),
        "bn.weight": Tensor(shape: [2], elements: [1, 1]),
        "fc.bias": Tensor(shape: [2], elements: [1, 1]),
      ], images: nil)
    let before = [
      "fc.weight": Tensor(shape: [2, 2], elements: [1, 2, 3, 4]),
      "bn.weight": Tensor(shape: [2], elements: [1, 1]),
      "fc.bias": Tensor(shape: [2], elements: [1, 1]),
    ]
    let displacement = WeightDisplacement(along: gradient, at: before, size: 0.005)
    #expect(displacement.tensors.keys.sorted() == ["fc.weight"])
    var after = before
    displacement.apply(to: &after)
    let expected: [Float] = [1.0072547, 1.9854904, 3.0036273, 4.0217643]
    let found = after["fc.weight"]?.elements ?? []
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 } && found.count == 4)
    #expect(after["bn.weight"] == before["bn.weight"])
    displacement.undo(in: &after)
    let restored = after["fc.weight"]?.elements ?? []
    #expect(zip(restored, [1, 2, 3, 4]).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func aGradientThatIsNotFiniteIsNamed() {
    let gradient = LossGradient(
      [
        "a": Tensor(shape: [2], elements: [1, 2]),
        "b": Tensor(shape: [9], elements: [0, 0, 0, 0, 0, 0, 0, 0, .nan]),
        "c": Tensor(shape: [1], elements: [.infinity]),
      ], images: nil)
    #expect(gradient.firstNotFinite == "b")
  }

  @Test("Passes add up in memory that is used again, and leave what was handed out alone")
  func passesAddUp() {
    let passes = [[1, 2], [3, 5]].map { ["a": Tensor(shape: [2], elements: $0)] }
    var sums: [String: Tensor] = [:]
    sums.becomeSums(of: passes, threads: 1)
    let first = LossGradient(sums, images: nil)
    #expect(first.tensors["a"] == Tensor(shape: [2], elements: [4, 7]))
    #expect(abs(first.norm - 65.0.squareRoot()) < 1e-12)
    sums.becomeSums(of: [passes[1], passes[1]], threads: 2)
    #expect(sums["a"] == Tensor(shape: [2], elements: [6, 10]))
    #expect(first.tensors["a"] == Tensor(shape: [2], elements: [4, 7]))
    #expect(passes[0]["a"] == Tensor(shape: [2], elements: [1, 2]))
  }

  @Test func chosenNamesAreNotDecayed() {
    let optimizer = Optimizer(weightDecay: 0.1, undecayed: ["bn"])
    #expect(optimizer.decay(of: "layer1.bn2.weight") == 0)
    #expect(optimizer.decay(of: "conv1.weight") == 0.1)
  }
}
