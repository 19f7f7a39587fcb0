import Evaluation
import Files
import Foundation
import Testing

@Suite struct MergeTests {
  private let shipped: ShippedRun

  init() throws { shipped = try ShippedRun() }

  @Test(arguments: ["8/255", "2/255,8/255"])
  func threeShardsMergedAreOneRunByteForByte(eps: String) async throws {
    try await shipped.run("whole", .init(eps: eps))
    for number in 0..<3 {
      try await shipped.run("part\(number)", .init(eps: eps, shard: "\(number)/3"))
    }
    // In another order than that of the images.
    try await shipped.merge(["part2", "part0", "part1"], into: "merged")
    #expect(try shipped.timeless("merged/result.json") == shipped.timeless("whole/result.json"))
    for file in ["run.json", "results.csv"] {
      #expect(try shipped.text("merged/" + file) == shipped.text("whole/" + file))
    }
    let merged = try HDF5File(reading: shipped.path("merged/adversarial.h5"))
    let whole = try HDF5File(reading: shipped.path("whole/adversarial.h5"))
    #expect(try merged.tensor("x") == whole.tensor("x"))
    #expect(try merged.integers("index") == whole.integers("index"))
  }

  @Test func aShardKnowsWhatItIsAPartOf() async throws {
    let result = try await shipped.run("part", .init(attacks: "fgsm", shard: "1/3"))
    #expect(result.settings.indices.allSatisfy { $0 % 3 == 1 })
    #expect(result.settings.allIndices?.count == 24)
    #expect(try shipped.text("part/run.json").contains("\"shard\" : \"1/3\""))
    #expect(try shipped.text("part/report.md").contains("Shard 1/3 of 24 images"))
  }

  @Test func mergingAgainChangesNothingAndContinuesWhatWasCut() async throws {
    for number in 0..<2 {
      try await shipped.run("part\(number)", .init(attacks: "fgsm", shard: "\(number)/2"))
    }
    try await shipped.merge(["part0", "part1"], into: "merged")
    let (ledger, result) = (
      try shipped.text("merged/ledger.jsonl"), try shipped.text("merged/result.json")
    )
    let file = shipped.folder.appending(path: "merged/ledger.jsonl")
    try Data(ledger.utf8.prefix(ledger.utf8.count / 2)).write(to: file)
    try await shipped.merge(["part0", "part1"], into: "merged")
    #expect(try shipped.text("merged/ledger.jsonl") == ledger)
    #expect(try shipped.text("merged/result.json") == result)
  }

  @Test func runsWithoutShardsMergeIfNoImageIsInBoth() async throws {
    try await shipped.run("whole", .init(attacks: "fgsm"))
    try await shipped.run("first", .init(attacks: "fgsm", images: 0..<7))
    try await shipped.run("second", .init(attacks: "fgsm", images: 7..<24))
    // The probe of a merged run asked about the images of the first part only.
    try #require(try ProbeFindings.read(from: shipped.path("whole")))
      .write(into: shipped.path("first"))
    try await shipped.merge(["first", "second"], into: "merged")
    #expect(try shipped.timeless("merged/result.json") == shipped.timeless("whole/result.json"))
  }

  /// What can be wrong with the second of two runs, and the words that must tell it.
  enum Mistake: String, CaseIterable {
    case seed, eps, radii, attacks, rounding, division, same, missing

    var choice: ShippedRun.Choice {
      var choice = ShippedRun.Choice(attacks: "fgsm", shard: "1/2")
      switch self {
      case .seed: choice.seed = 7
      case .eps: choice.eps = "4/255"
      case .radii: choice.eps = "4/255,8/255"
      case .attacks: choice.attacks = "pgd(steps=2)"
      case .rounding: choice.rounding = ["AVX2"]
      case .division: choice.images = 0..<23
      case .same: choice.shard = "0/4"
      case .missing: choice.shard = "1/4"
      }
      return choice
    }

    var words: [String] {
      switch self {
      case .seed: ["seed is 0 there and 7 here"]
      case .eps, .radii: ["eps is", "0.0313"]
      case .attacks: ["attacks", "fgsm", "pgd"]
      case .rounding: ["rounding is AVX-512 there and AVX2 here"]
      case .division: ["24 images", "23 images"]
      case .same: ["has image 0, which", "has too"]
      case .missing: ["6 of the 24 images are in none", "3, 7, 11"]
      }
    }
  }

  @Test(arguments: Mistake.allCases)
  func runsThatDoNotBelongTogetherAreRefused(mistake: Mistake) async throws {
    try await shipped.run("good", .init(attacks: "fgsm", shard: "0/2"))
    try await shipped.run("other", mistake.choice)
    let error = #expect(throws: EvaluationError.self) {
      try RunMerge([shipped.path("good"), shipped.path("other")])
    }
    let text = try #require(error).description
    #expect(error?.kind == .data)
    for words in mistake.words { #expect(text.contains(words)) }
  }

  @Test func anUnfinishedShardIsRefused() async throws {
    for number in 0..<2 {
      try await shipped.run("part\(number)", .init(attacks: "fgsm", shard: "\(number)/2"))
    }
    let lines = try shipped.text("part1/ledger.jsonl").split(separator: "\n").dropLast()
    try Data((lines.joined(separator: "\n") + "\n").utf8)
      .write(to: shipped.folder.appending(path: "part1/ledger.jsonl"))
    let merge = try RunMerge(["part0", "part1"].map(shipped.path))
    let error = await #expect(throws: EvaluationError.self) {
      try await merge.merge(into: shipped.path("merged"))
    }
    #expect(try #require(error).description.contains("part1: is not finished"))
  }

  @Test func aPartIsNotMergedIntoItself() async throws {
    try await shipped.run("part", .init(attacks: "fgsm", shard: "0/1"))
    let merge = try RunMerge([shipped.path("part")])
    let error = await #expect(throws: EvaluationError.self) {
      try await merge.merge(into: shipped.path("x/../part"))
    }
    #expect(error?.kind == .usage)
  }

  @Test func aDamagedPartIsRefusedAndLeftAlone() async throws {
    try await shipped.run("part", .init(attacks: "fgsm", shard: "0/1"))
    let text = try shipped.text("part/ledger.jsonl")
    let damaged = text.replacing("\"predicted\":", with: "\"predicted\": ", maxReplacements: 1)
    try Data(damaged.utf8).write(to: shipped.folder.appending(path: "part/ledger.jsonl"))
    let merge = try RunMerge([shipped.path("part")])
    let error = await #expect(throws: FileError.self) {
      try await merge.merge(into: shipped.path("merged"))
    }
    #expect(error?.description.contains("ledger.jsonl: line 1: is damaged; repeat") == true)
    #expect(try shipped.text("part/ledger.jsonl") == damaged)
  }

  @Test func aShardInUseIsRefused() async throws {
    let result = try await shipped.run("part", .init(attacks: "fgsm", shard: "0/1"))
    let owner = try RunDirectory(shipped.path("part"), settings: result.settings)
    let error = #expect(throws: FileError.self) { try RunMerge([shipped.path("part")]) }
    #expect(try #require(error).description.contains("another process is writing this run"))
    withExtendedLifetime(owner) {}
  }

  @Test func shardsThatFoundTheNetworkToBeAnotherAreRefused() async throws {
    var findings = ProbeFindings()
    findings.classes = 10
    for number in 0..<2 {
      try await shipped.run("part\(number)", .init(attacks: "fgsm", shard: "\(number)/2"))
      findings.images = 24
      try findings.write(into: shipped.path("part\(number)"))
    }
    let merge = try RunMerge(["part1", "part0"].map(shipped.path))
    let merged = try await merge.merge(into: shipped.path("merged"))
    #expect(try ProbeFindings.read(from: merged.path) == findings)
    findings.correct = 1
    try findings.write(into: shipped.path("part1"))
    let error = await #expect(throws: EvaluationError.self) {
      try await merge.merge(into: shipped.path("again"))
    }
    #expect(try #require(error).description.contains("part1: found the network to be another"))
  }

  @Test func aFolderThatHoldsAnotherLedgerIsRefused() async throws {
    try await shipped.run("whole", .init(attacks: "fgsm"))
    try await shipped.run("part0", .init(attacks: "fgsm", shard: "0/1"))
    // Other times than the part's.
    let merge = try RunMerge([shipped.path("part0")])
    let error = await #expect(throws: EvaluationError.self) {
      try await merge.merge(into: shipped.path("whole"))
    }
    #expect(try #require(error).description.contains("is not of these runs"))
  }

  @Test(arguments: ["", "1", "3/3", "-1/3", "0/0", "a/b", "0/3/2", "1 /3"])
  func aShardThatIsNoneIsRefused(text: String) throws {
    let error = #expect(throws: EvaluationError.self) { try Shard(text) }
    #expect(error?.kind == .usage)
    #expect(try #require(error).description.contains("0/3, 1/3 and 2/3"))
  }

  @Test func theEntriesOfTenThousandImagesTakeLessThanFiftyMegabytes() {
    let entries = 10_000 * 5
    // With a name that is too long to be kept within.
    #expect(entries * (MemoryLayout<LedgerEntry>.stride + 64) < 50 << 20)
  }

  @Test func aShardWithoutImagesIsRefused() async throws {
    let error = await #expect(throws: EvaluationError.self) {
      try await shipped.run("part", .init(attacks: "fgsm", shard: "2/3", images: 0..<2))
    }
    #expect(error?.kind == .usage)
  }
}
