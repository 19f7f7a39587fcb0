import Evaluation
import Testing

@Suite struct EpsilonTests {
  private static let radii: [(String, Double)] = [
    ("8/255", 0.031372549019607843), ("0.031", 0.031), ("0.5", 0.5), ("1", 1), ("0", 0),
    ("0/255", 0), (" 4 / 255 ", 0.015686274509803921), ("1e-3", 0.001), ("255/255", 1),
  ]

  @Test(arguments: radii)
  func aRadiusIsANumberOrAFraction(text: String, value: Double) throws {
    let epsilon = try Epsilon(text, refusingAboveOne: true)
    #expect(epsilon.value == value)
    #expect(epsilon.text == text)
  }

  @Test(arguments: [
    "", "x", "8/", "/255", "8/255/2", "8/0", "0/0", "-1/255", "-0.1", "nan", "inf", "8,255", "8%",
    "1e999",
  ])
  func anythingElseIsRefusedWithAnExample(text: String) {
    let error = #expect(throws: EvaluationError.self) {
      try Epsilon(text, refusingAboveOne: false)
    }
    #expect(error?.exitCode == 64)
    #expect(error?.description.contains("--eps: “\(text)” is not a radius") == true)
    #expect(error?.description.contains("8/255") == true)
  }

  @Test func aRadiusAboveTheWholeRangeIsRefusedWithTheLikelyMeaning() {
    let error = #expect(throws: EvaluationError.self) { try Epsilon("8", refusingAboveOne: true) }
    #expect(error?.exitCode == 64)
    #expect(error?.description.contains("write 8/255") == true)
  }

  @Test func otherNormsHaveRadiiAboveOne() throws {
    #expect(try Epsilon("12", refusingAboveOne: false).value == 12)
  }
}
