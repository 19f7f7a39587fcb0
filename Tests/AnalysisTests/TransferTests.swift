import Analysis
import Testing

@Suite struct `Transfer of adversarial images` {
  /// By hand: of three images the second network classifies two correctly, and falls for one.
  @Test func `Only images that a network classified correctly count`() throws {
    let run = TransferAnalysis.Origin(name: "r", attack: "a", labels: [0, 1, 2])
    let analysis = TransferAnalysis(
      [run], clean: [[[0, 1, 2], [0, 0, 2], [1, 2, 0]]],
      adversarial: [[[1, 0, 0], [0, 0, 1], [0, 1, 2]]])
    #expect(analysis.cells.map(\.correct) == [3, 2, 0])
    #expect(analysis.cells.map(\.fooled) == [3, 1, 0])
    #expect(analysis.cells.map(\.misclassified) == [3, 2, 0])
    #expect(analysis.cells.map(\.rate) == [1, 0.5, nil])
    // Clopper and Pearson's for 1 of 2, from SciPy.
    let interval = try #require(analysis.cells[1].interval)
    #expect(abs(interval[0] - 0.012579) < 1e-6)
    #expect(abs(interval[1] - 0.987421) < 1e-6)
    #expect(analysis.cells[2].interval == nil)
  }
}
