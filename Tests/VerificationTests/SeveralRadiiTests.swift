import Datasets
import Evaluation
import Files
import Tensors
import Testing

@Suite(.timeLimit(.minutes(5))) struct SeveralRadiiTests {
  private static let radii = ["2/255", "4/255", "8/255"]

  /// A run within several radii, in `run`.
  private static func settled(
    in scratch: Scratch
  ) async throws -> (run: RealRun, result: EvaluationResult) {
    let run = try RealRun(
      "apgd-ce(steps=10),fab-t(steps=10,targets=3)", eps: radii.joined(separator: ","), images: 24)
    return (run, try await run.settle(in: scratch.path("run")))
  }

  @Test func everyImageIsCheckedWithinTheRadiusItWasFoundIn() async throws {
    let scratch = try Scratch()
    let (run, result) = try await Self.settled(in: scratch)
    let findings = try await run.verify(scratch.path("run")).findings
    for radius in result.radii {
      let fooled = radius.attacks.reduce(0) { $0 + $1.fooled }
      #expect(fooled > 0)
      #expect(findings.adversarialWithin[radius.radius.text] == fooled)
    }
    #expect(findings.adversarial == findings.adversarialWithin.values.reduce(0, +))
    // Auto-PGD goes to the border of each ball.
    #expect(abs(findings.worstSlack) < 1e-6)
    #expect(findings.insideSmallerRadius.isEmpty)
  }

  @Test func everyDoctoredFileIsCaught() async throws {
    let scratch = try Scratch()
    let (run, _) = try await Self.settled(in: scratch)
    let own = try HDF5File(reading: scratch.path("run/adversarial.h5")).strings("eps")
    let small = try #require(own.firstIndex(of: "2/255"))
    let large = try #require(own.firstIndex(of: "8/255"))
    func forge(_ name: String, naming words: String, _ change: (inout Forgery) throws -> Void)
      async throws
    {
      try await run.expectRefusal(name, in: scratch, naming: words) { folder in
        try Forgery.commit(in: folder, of: run, change)
      }
    }
    // Within the run's largest radius, but not within the image's own.
    try await forge("pixel", naming: "the radius is \(2.0 / 255)") { file in
      let first = small * run.dataset.shape.count
      let pixel = file.pixels[first]
      file.pixels[first] += pixel < 0.5 ? 5.0 / 255 : -5.0 / 255
    }
    try await forge("radius", naming: "at 4/255; the ledger says") { file in
      file.radii?[small] = "4/255"
    }
    try await forge("swapped", naming: "at 8/255; the ledger says") { file in
      file.radii?.swapAt(small, large)
    }
    try await forge("no radii", naming: "the ledger says") { $0.radii = nil }
    try await run.expectRefusal("ledger", in: scratch, naming: "in this order") { _ in
      try scratch.replace("\"eps\":\"8/255\"", with: "\"eps\":\"4/255\"", in: "ledger/ledger.jsonl")
    }
    try await run.expectRefusal("settings", in: scratch, naming: "in this order") { _ in
      try scratch.replace(
        "\"eps\" : \"2/255\"", with: "\"eps\" : \"3/255\"", in: "settings/run.json")
    }
  }
}
