import Evaluation
import Foundation
import Testing

/// Numbers made with SciPy; see `Fixtures/README.md`.
private struct Golden: Decodable {
  struct Interval: Decodable {
    var k: Int
    var n: Int
    var wilson: [Double]
    var clopper_pearson: [Double]
  }
  struct Test: Decodable {
    var only_first_right: Int
    var only_second_right: Int
    var p: Double
  }
  var intervals_95: [Interval]
  var mcnemar_exact: [Test]

  static func read() throws -> Golden {
    let url = try #require(
      Bundle.module.url(forResource: "statistics", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }
}

@Suite struct ExactStatisticsTests {
  @Test func intervalsAgreeWithSciPy() throws {
    let golden = try Golden.read()
    #expect(golden.intervals_95.count == 10)
    for expected in golden.intervals_95 {
      let share = Proportion(expected.k, of: expected.n)
      let pairs = [
        (share.wilson, expected.wilson), (share.clopperPearson, expected.clopper_pearson),
      ]
      for (found, ends) in pairs {
        #expect(abs(found.lowerBound - ends[0]) < 1e-10, "\(expected.k) of \(expected.n)")
        #expect(abs(found.upperBound - ends[1]) < 1e-10, "\(expected.k) of \(expected.n)")
      }
    }
  }

  @Test func mcNemarsTestAgreesWithSciPy() throws {
    let golden = try Golden.read()
    #expect(golden.mcnemar_exact.count == 6)
    for expected in golden.mcnemar_exact {
      let test = McNemarTest(
        onlyFirst: expected.only_first_right, onlySecond: expected.only_second_right)
      #expect(abs(test.probability - expected.p) < 1e-11)
    }
  }

  @Test func nothingObservedLeavesEverythingPossible() {
    #expect(Proportion(0, of: 0).clopperPearson == 0...1)
  }
}
