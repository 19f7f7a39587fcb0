import Evaluation
import Files
import Foundation
import Tensors
import Testing

@Suite struct RadiiTests {
  private let shipped: ShippedRun
  private let radii = ["2/255", "4/255", "8/255"]

  init() throws { shipped = try ShippedRun() }

  @Test func severalRadiiFindWhatSingleRunsFindBetweenThem() async throws {
    let joint = try await shipped.run("joint", .init(eps: "8/255,2/255,4/255"))
    let results = joint.radii
    #expect(results.map(\.radius.text) == radii)
    var fooledBefore: Set<Int> = []
    var forwards = 0
    for result in results {
      let eps = result.radius.text
      let single = try await shipped.run("single-\(eps.prefix(1))", .init(eps: eps))
      // An image's search does not depend on the other radii, only on not having fallen before.
      #expect(Set(result.robustIndices) == Set(single.robustIndices).subtracting(fooledBefore))
      fooledBefore.formUnion(result.attacks.flatMap(\.fooledIndices))
      forwards += single.attacks.reduce(0) { $0 + $1.forwards }
      #expect(single.radii.map(\.robustIndices) == [single.robustIndices])
    }
    #expect(joint.robustIndices == results.last?.robustIndices)
    #expect(joint.settings.largestRadius.text == "8/255")
    #expect(joint.attacks.reduce(0) { $0 + $1.forwards } < forwards)
  }

  @Test func anImageFooledWithinOneRadiusIsNotAttackedWithinTheNext() async throws {
    let joint = try await shipped.run("joint", .init(eps: "2/255,4/255,8/255"))
    let results = joint.radii
    let fooled = results.map { $0.attacks.reduce(0) { $0 + $1.fooled } }
    #expect(fooled[0] > 0 && fooled[2] > 0)
    var standing = joint.cleanCorrect.count
    for (result, fooled) in zip(results, fooled) {
      #expect(result.attacks.first?.attacked == standing)
      standing -= fooled
      #expect(result.robust.count == standing)
    }
  }

  @Test func theReportsHaveALineForEachRadius() async throws {
    try await shipped.run("joint", .init(eps: "2/255,8/255"))
    let curve = try shipped.text("joint/curve.csv").split(separator: "\n")
    #expect(curve.map { $0.prefix { $0 != "," } } == ["eps", "0", "2/255", "8/255"])
    #expect(try shipped.text("joint/report.md").contains("| 8/255 | fab-t |"))
    #expect(try shipped.text("joint/result.json").contains("\"radii\" : ["))
    #expect(try shipped.text("joint/results.csv").contains("fooled_within,fab_distance"))
    try await shipped.run("single")
    #expect(throws: (any Error).self) { try shipped.text("single/curve.csv") }
    #expect(try shipped.text("single/result.json").contains("\"radii\" : ["))
    #expect(try shipped.text("single/ledger.jsonl").contains("\"eps\":\"8/255\""))
  }

  @Test func theBoundaryIsBeyondTheRadiusOfAnImageThatFABDidNotFool() async throws {
    try await shipped.run("joint", .init(eps: "2/255,8/255", attacks: "fab-t(steps=10,targets=3)"))
    let rows = try shipped.text("joint/results.csv").split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    var (inside, outside) = (0, 0)
    for row in rows {
      guard let distance = Double(row[12]) else { continue }
      switch row[11] {
      case "2/255":
        inside += 1
        #expect(distance <= 2.0 / 255 + 1e-6)
      case "8/255":
        inside += 1
        #expect(distance > 2.0 / 255 - 1e-6 && distance <= 8.0 / 255 + 1e-6)
      default:
        outside += 1
        #expect(distance > 8.0 / 255 - 1e-6)
      }
    }
    #expect(inside > 0 && outside > 0)
  }

  @Test func fabRunsOnceAndItsDistancesDecideWithinEveryRadius() async throws {
    let fab = "fab-t(steps=10,targets=3)"
    let joint = try await shipped.run("joint", .init(eps: "2/255,4/255,8/255", attacks: fab))
    let results = joint.radii
    var fooledBefore: Set<Int> = []
    for (place, result) in results.enumerated() {
      let eps = result.radius.text
      let single = try await shipped.run("fab-\(eps.prefix(1))", .init(eps: eps, attacks: fab))
      #expect(Set(result.robustIndices) == Set(single.robustIndices).subtracting(fooledBefore))
      fooledBefore.formUnion(result.attacks[0].fooledIndices)
      #expect(result.attacks[0].attacked > 0 && result.attacks[0].fooled > 0)
      #expect((result.attacks[0].forwards > 0) == (place == 0))
    }
    #expect(try shipped.text("joint/report.md").contains("runs within the first one only"))
  }

  /// Its random starts lie at half the radius.
  @Test func fabWithRestartsRunsWithinEveryRadius() async throws {
    for (restarts, runs) in [(1, [true, false]), (2, [true, true])] {
      let attack = "fab(steps=2,restarts=\(restarts))"
      let joint = try await shipped.run(
        "restarts\(restarts)", .init(eps: "1/255,2/255", attacks: attack, images: 0..<4))
      let results = joint.radii
      #expect(results.map { $0.attacks[0].forwards > 0 } == runs)
    }
  }

  @Test func anInterruptedRunFindsTheSame() async throws {
    let choice = ShippedRun.Choice(
      eps: "2/255,4/255,8/255", attacks: "fab-t(steps=5,targets=2),fgsm", images: 0..<12)
    try await shipped.run("whole", choice)
    let (result, table) = (
      try shipped.timeless("whole/result.json"), try shipped.text("whole/results.csv")
    )
    let lines = try shipped.text("whole/ledger.jsonl").split(separator: "\n")
    let whole = try HDF5File(reading: shipped.path("whole/adversarial.h5")).tensor("x")
    for kept in stride(from: 0, to: lines.count, by: 7) {
      // As a kill leaves it: fewer lines than images, and one of them torn.
      let text = lines[..<kept].map { $0 + "\n" }.joined() + lines[kept].prefix(20)
      try Data(text.utf8).write(to: shipped.folder.appending(path: "whole/ledger.jsonl"))
      try await shipped.run("whole", choice)
      #expect(try shipped.timeless("whole/result.json") == result)
      #expect(try shipped.text("whole/results.csv") == table)
      #expect(try HDF5File(reading: shipped.path("whole/adversarial.h5")).tensor("x") == whole)
    }
  }

  @Test(arguments: ["2/255,2/255", "0.5,1/2", "2/255,", "8,4"])
  func aListThatIsNoneIsRefused(text: String) {
    let error = #expect(throws: EvaluationError.self) {
      try Epsilon.list(text, refusingAboveOne: true)
    }
    #expect(error?.kind == .usage)
  }
}
