import Execution
import Testing

@testable import Attacks

@Suite struct ObjectiveTests {
  static let first: [Float] = [2, 1, 0.5, -1, 0.25]
  static let second: [Float] = [0.1, 1.5, 1.2, -0.7, 0.9]

  /// Values of the published AutoAttack program, single precision.
  @Test(
    arguments: [
      (CrossEntropy() as any Objective, first, 0, 0.5958489),
      (DifferenceOfLogitsRatio(), first, 0, -0.6666667),
      (TargetedDifferenceOfLogitsRatio(target: 1), first, 0, -0.6153846),
      (TargetedDifferenceOfLogitsRatio(target: 2), first, 0, -0.9230769),
      (TargetedDifferenceOfLogitsRatio(target: 4), first, 0, -1.0769231),
      (CrossEntropy(), second, 2, 1.2734382),
      (DifferenceOfLogitsRatio(), second, 2, 0.4999999),
      (Margin(), first, 0, -1), (Margin(), second, 2, 0.3),
      (TargetedMargin(target: 4), first, 0, -1.75),
    ] as [(any Objective, [Float], Int, Float)])
  func valuesAreThePublishedOnes(
    objective: any Objective, logits: [Float], label: Int, value: Float
  ) {
    #expect(abs(objective.evaluate(logits, label: label).value - value) < 3e-7)
  }

  @Test(
    arguments: [
      CrossEntropy(), DifferenceOfLogitsRatio(), TargetedDifferenceOfLogitsRatio(target: 3),
      TargetedDifferenceOfLogitsRatio(target: 4), Margin(), TargetedMargin(target: 3),
      DivergenceFromReference(reference: [0.3, -1, 2, 0.5, 0]),
      SquaredDifferenceFromReference(reference: [0.3, -1, 2, 0.5, 0]),
    ] as [any Objective], [0, 1, 2])
  func gradientsMatchFiniteDifferences(objective: any Objective, label: Int) {
    for logits in [Self.first, Self.second] {
      let cotangent = objective.evaluate(logits, label: label).cotangent
      for position in logits.indices {
        var above = logits
        var below = logits
        above[position] += 0x1p-9
        below[position] -= 0x1p-9
        let slope =
          (objective.evaluate(above, label: label).value
            - objective.evaluate(below, label: label).value) / 0x1p-8
        #expect(abs(cotangent[position] - slope) < 2e-4, "class \(position)")
      }
    }
  }

  @Test func crossEntropyOfAFarRivalIsFinite() {
    let (value, cotangent) = CrossEntropy().evaluate([0, 500, -500], label: 2)
    #expect(value == 1000)
    #expect(cotangent == [0, 1, -1])
  }

  @Test func aSureClassStillHasACrossEntropyGradient() {
    let cotangent = CrossEntropy().evaluate([40, 0], label: 0).cotangent
    #expect(abs(cotangent[0] / -4.248354e-18 - 1) < 1e-5)
  }

  @Test func ofEqualLogitsTheFirstComesFirst() {
    #expect([1, 3, 3, 1, 2, 3].map { Float($0) }.largest(5) == [1, 2, 5, 4, 0])
    #expect([Float.nan, 1, .nan, 2].largest(3) == [3, 1, 0])
  }

  @Test func tooFewClassesGiveTheMarginAndSaySo() {
    let two = Loss.differenceOfLogitsRatio.objective(forClasses: 2)
    #expect(two.objective is Margin)
    #expect(two.note?.contains("3 classes") == true)
    #expect(Loss.differenceOfLogitsRatio.objective(forClasses: 3).note == nil)
    let three = TargetedLoss.differenceOfLogitsRatio.objective(toward: 1, forClasses: 3)
    #expect(three.objective is TargetedMargin)
    #expect(three.note?.contains("4 classes") == true)
    #expect(
      TargetedLoss.differenceOfLogitsRatio.objective(toward: 1, forClasses: 4).note == nil)
  }
}
