import Evaluation
import Testing

@Suite struct ProportionTests {
  /// A published or independently computed interval.
  struct Known: Sendable {
    var count: Int
    var total: Int
    var lower: Double
    var upper: Double
  }

  /// Newcombe, *Two-sided confidence intervals for the single proportion*, Statistics in Medicine
  /// 17 (1998), table I, method 3: the score method without continuity correction, four decimals.
  @Test(arguments: [
    Known(count: 81, total: 263, lower: 0.2553, upper: 0.3662),
    Known(count: 15, total: 148, lower: 0.0624, upper: 0.1605),
    Known(count: 0, total: 20, lower: 0, upper: 0.1611),
    Known(count: 1, total: 29, lower: 0.0061, upper: 0.1718),
  ])
  func theIntervalIsNewcombesMethodThree(known: Known) {
    let interval = Proportion(known.count, of: known.total).wilson
    #expect(abs(interval.lowerBound - known.lower) < 5e-5)
    #expect(abs(interval.upperBound - known.upper) < 5e-5)
  }

  /// Computed in Python, twelve decimals; SciPy's `binomtest(k, n).proportion_ci(0.95, "wilson")`
  /// gives the same.
  @Test(arguments: [
    Known(count: 0, total: 10, lower: 0, upper: 0.277532799863),
    Known(count: 10, total: 10, lower: 0.722467200137, upper: 1),
    Known(count: 1, total: 10, lower: 0.0178762130951, upper: 0.404150026795),
    Known(count: 5, total: 10, lower: 0.236593090513, upper: 0.763406909487),
    Known(count: 56, total: 100, lower: 0.462281046517, upper: 0.653279733698),
    Known(count: 300, total: 1000, lower: 0.272406842477, upper: 0.329123860917),
    Known(count: 999, total: 1000, lower: 0.994357441402, upper: 0.999823453629),
    Known(count: 5691, total: 10_000, lower: 0.559369508918, upper: 0.578777422507),
    Known(count: 8536, total: 10_000, lower: 0.846535612512, upper: 0.86039282384),
  ])
  func theIntervalAgreesToTwelveDecimals(known: Known) {
    let interval = Proportion(known.count, of: known.total).wilson
    #expect(abs(interval.lowerBound - known.lower) < 2e-12)
    #expect(abs(interval.upperBound - known.upper) < 2e-12)
  }

  @Test func nothingIsKnownOfNoImages() {
    #expect(Proportion(0, of: 0).value == 0)
    #expect(Proportion(0, of: 0).wilson == 0...1)
  }

  @Test(arguments: [(109, 500, "21.80 %"), (1, 3, "33.33 %"), (0, 7, "0.00 %"), (7, 7, "100.00 %")])
  func sharesArePrintedWithTwoDecimals(count: Int, total: Int, text: String) {
    #expect(Proportion(count, of: total).percent == text)
  }
}
