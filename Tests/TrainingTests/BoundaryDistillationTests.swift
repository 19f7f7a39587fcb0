import Testing

@testable import Training

/// Which images are moved across the boundary, by hand.
struct BoundaryDistillationTests {
  /// Three classes; the student's probabilities are the teacher's, but for what is added to a wrong
  /// class's logit.
  private func chosen(
    _ samples: Int, teacher: [Int] = [0, 0, 0, 0], student: [Double], labels: [Int] = [0, 0, 0, 0]
  ) -> [Int] {
    let rows = teacher.map { best in (0..<3).map { $0 == best ? 4.0 : 0 } }
    let others = zip(rows, student).map { [$0[0], $0[1] + $1, $0[2]] }
    return BoundaryDistillation(samples: samples).chosen(
      teacher: rows, student: others, labels: labels)
  }

  @Test func whereNetworksDifferMostImagesAreMoved() {
    #expect(chosen(2, student: [0.5, 3, 1, 2]) == [1, 3])
    #expect(chosen(3, student: [0.5, 3, 1, 2]) == [1, 3, 2])
  }

  @Test func amongEqualsTheFirstAreMoved() {
    #expect(chosen(2, student: [1, 1, 1, 1]) == [0, 1])
  }

  @Test func fewCandidatesStayInTheirOrder() {
    #expect(chosen(4, student: [0.5, 3, 1, 2]) == [0, 1, 2, 3])
    #expect(chosen(9, student: [9, 9, 1, 9]) == [2])
    #expect(chosen(9, student: [9, 9, 9, 9]) == [])
  }

  @Test func bothNetworksMustBeRight() {
    #expect(chosen(4, teacher: [0, 2, 0, 0], student: [0, 0, 9, 0]) == [0, 3])
    #expect(chosen(4, student: [0, 0, 0, 0], labels: [1, 0, 2, 0]) == [1, 3])
  }

  /// Of the published program's formulas, after 1, 30 and 60 of 80 epochs.
  @Test(arguments: [(1, 3.9625, 1.9666666666667), (30, 2.875, 1), (60, 1.75, 0), (80, 1, 0)])
  func weightsFallAsPublished(_ epoch: Int, _ teacher: Double, _ sample: Double) {
    let terms = TrainingLoss.boundaryDistillation(BoundaryDistillation()).terms
    #expect(terms.map(\.name) == ["ce", "kd", "bss"])
    #expect(abs(terms[1].factor(inEpoch: epoch, of: 80) - teacher) < 1e-12)
    #expect(abs(terms[2].factor(inEpoch: epoch, of: 80) - sample) < 1e-12)
  }
}
