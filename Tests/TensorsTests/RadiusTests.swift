import Tensors
import Testing

@Suite struct RadiusTests {
  @Test(arguments: [("8/255", 0.031372549019607843), ("0.5", 0.5), (" 4 / 255 ", 4.0 / 255)])
  func aRadiusIsANumberOrAFraction(text: String, value: Double) throws {
    #expect(try Radius(text).value == value)
  }

  @Test(arguments: ["", "x", "8/0", "-1/255", "nan", "inf", "1e999", "8/255/2"])
  func anythingElseIsRefusedWithAnExample(text: String) {
    let error = #expect(throws: RadiusError.self) { try Radius(text) }
    #expect(error?.description.contains("“\(text)” is not a radius") == true)
    #expect(error?.description.contains("8/255") == true)
  }

  @Test func aRadiusAboveTheRangeOfPixelsIsForOtherNorms() throws {
    #expect(Radius(8).text == "8")
    #expect(Radius(0.5).text == "0.5")
    let error = #expect(throws: RadiusError.self) { try Radius(8).check(in: .linf) }
    #expect(error?.description.hasSuffix("write 8/255") == true)
    try Radius(8).check(in: .l2)
    try Radius(1).check(in: .linf)
  }
}
