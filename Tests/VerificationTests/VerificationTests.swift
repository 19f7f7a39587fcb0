import Checkpoints
import Datasets
import Evaluation
import Files
import Foundation
import Graphs
import Tensors
import Testing

@Suite(.timeLimit(.minutes(5))) struct VerificationTests {
  private static let images = 20

  /// A run with its folder, and how many images it fooled.
  private static func settled(
    in scratch: Scratch
  ) async throws -> (run: RealRun, result: EvaluationResult) {
    let run = try RealRun("apgd-ce(steps=10)", images: images)
    return (run, try await run.settle(in: scratch.path("run")))
  }

  @Test func anHonestRunIsConfirmed() async throws {
    let scratch = try Scratch()
    let (run, result) = try await Self.settled(in: scratch)
    let findings = try await run.verify(scratch.path("run")).findings
    #expect(findings.images == Self.images)
    #expect(findings.adversarial == result.attacks[0].fooled)
    #expect(findings.adversarial > 3)
    #expect(findings.undecided.isEmpty)
    // Auto-PGD goes to the border of the ball.
    #expect(abs(findings.worstSlack) < 1e-6)
    #expect(findings.survivingRounding <= findings.misclassifiedAfterRounding)
    #expect(findings.misclassifiedAfterRounding <= findings.adversarial)
    // The radius is a whole number of 1/255, and so are the clean pixels: rounding stays inside.
    #expect(findings.survivingRounding == findings.misclassifiedAfterRounding)
  }

  @Test func everyDoctoredFileIsCaught() async throws {
    let scratch = try Scratch()
    let (run, result) = try await Self.settled(in: scratch)
    func expectRefusal(
      _ name: String, naming words: String, _ doctor: (String) throws -> Void
    ) async throws {
      try await run.expectRefusal(name, in: scratch, naming: words, doctor)
    }
    try await expectRefusal("pixel", naming: "the radius is") { folder in
      try Forgery.commit(in: folder, of: run) { file in
        // Away from the clean pixel, whichever side it is on.
        file.pixels[0] += file.pixels[0] < 0.5 ? 0.1 : -0.1
      }
    }
    try await expectRefusal("box", naming: "outside [0, 1]") { folder in
      try Forgery.commit(in: folder, of: run) { $0.pixels[0] = -0.001 }
    }
    try await expectRefusal("index", naming: "the ledger says image") { folder in
      try Forgery.commit(in: folder, of: run) { $0.indices.swapAt(0, 1) }
    }
    try await expectRefusal("eps", naming: "eps is 16/255, expected 8/255") { folder in
      try Forgery.commit(in: folder, of: run) { $0.eps = "16/255" }
    }
    try await expectRefusal("clean image", naming: "away; the ledger says") { folder in
      let position = try #require(
        run.positions.first {
          run.dataset.index(at: $0) == result.attacks[0].fooledIndices[0]
        })
      try Forgery.commit(in: folder, of: run) { file in
        let clean = run.dataset.image(at: position).pixels
        file.pixels.replaceSubrange(0..<clean.count, with: clean)
      }
    }
    let robust = result.robust.count
    try await expectRefusal("count", naming: "lists other images as robust than it counts") { _ in
      try scratch.replace(
        "\n  \"robust\" : \(robust),", with: "\n  \"robust\" : \(robust + 1),",
        in: "count/result.json")
    }
    try await expectRefusal("ledger", naming: "result.json") { _ in
      try scratch.replace(
        "\"outcome\":\"survived\"", with: "\"outcome\":\"rejected\"", in: "ledger/ledger.jsonl")
    }
    try await expectRefusal("verdict", naming: "verdict") { _ in
      let status = result.verdict.status.rawValue
      try scratch.replace(
        "\"status\" : \"\(status)\"\n", with: "\"status\" : \"invalid\"\n",
        in: "verdict/result.json")
    }
  }

  @Test func anotherModelIsCaughtByChecksumAndByClasses() async throws {
    let scratch = try Scratch()
    let (run, _) = try await Self.settled(in: scratch)
    let byChecksum = await #expect(throws: EvaluationError.self) {
      try await run.verify(scratch.path("run"), sha256: "0123")
    }
    #expect(byChecksum?.description.contains("SHA-256") == true)
    // Even with the right checksum, other weights give other classes.
    var other = run.checkpoint.model
    for (name, tensor) in other.parameters where tensor.shape.count == 4 {
      other.parameters[name] = Tensor(
        shape: tensor.shape, elements: tensor.withUnsafeElements { $0.map { -$0 } })
    }
    let byClass = await #expect(throws: EvaluationError.self) {
      try await run.verify(scratch.path("run"), model: other)
    }
    #expect(byClass?.exitCode == 65)
    #expect(byClass?.description.contains("the network says") == true)
  }
}
