import Tensors
import Testing

@testable import Attacks

@Suite struct AttackKindsTests {
  private static func attack(_ text: String) throws -> any Attack {
    try #require(try AttackList.parse(text, in: .l2).first)
  }

  /// As the papers have it: further runs of FAB begin at half the radius.
  @Test(arguments: [
    ("fab-t", true), ("ddn", true), ("fab(restarts=1)", true), ("fab", false),
    ("fab(restarts=2)", false), ("apgd-ce", false), ("apgd-t", false), ("square", false),
    ("pgd", false), ("bss", false),
  ])
  func aSearchForTheNearestImageIsToldFromOneWithinASet(text: String, isNearest: Bool) throws {
    #expect(try Self.attack(text) is any MinimumDistanceAttack == isNearest)
  }

  @Test func onlySquareDoesWithoutGradients() {
    #expect(AttackDescription.all.filter { !$0.seesGradients }.map(\.name) == ["square"])
  }

  /// One run has the settings that it always had, so that runs of earlier versions go on.
  @Test func whatFABRecordsDoesNotTellItsKind() throws {
    #expect(
      try Self.attack("fab-t(steps=7,targets=3)").settings
        == ["steps": "7", "targets": "3", "restarts": "1", "loss": "margin"])
    #expect(try Self.attack("fab(restarts=1)").settings == ["steps": "100", "restarts": "1"])
    #expect(try Self.attack("fab").settings == ["steps": "100", "restarts": "5"])
  }
}
