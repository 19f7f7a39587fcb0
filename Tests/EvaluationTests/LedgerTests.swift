import Execution
import Files
import Foundation
import Tensors
import Testing

@testable import Evaluation

@Suite struct LedgerTests {
  private let scratch = try? Scratch()
  private let entries = [
    LedgerEntry.example(4), .example(5, "apgd-ce", .fooled, record: 0),
    .example(6, "apgd-t", .survived),
  ]

  private func written() throws -> Scratch {
    let scratch = try #require(scratch)
    var ledger = try Ledger(scratch.path("ledger.jsonl"), of: nil)
    #expect(ledger.known.isEmpty)
    for entry in entries { try ledger.append(entry) }
    return scratch
  }

  @Test func whatWasAppendedIsKnownAgain() throws {
    let scratch = try written()
    let before = try scratch.bytes("ledger.jsonl")
    #expect(try Ledger(scratch.path("ledger.jsonl"), of: nil).known == entries)
    #expect(try scratch.bytes("ledger.jsonl") == before)
  }

  /// A killed process may leave any part of its last line.
  @Test func aTornLastLineIsDroppedWhereverItIsTorn() throws {
    let scratch = try written()
    let whole = try scratch.bytes("ledger.jsonl")
    let lastLine = try #require(whole.dropLast().lastIndex(of: UInt8(ascii: "\n"))) + 1
    for end in lastLine..<whole.count {
      try scratch.write(Array(whole[..<end]), to: "torn.jsonl")
      var ledger = try Ledger(
        scratch.path("torn.jsonl"), of: nil, notice: { Issue.record("\($0)") })
      #expect(ledger.known == Array(entries.dropLast()))
      try ledger.append(entries[2])
      #expect(try scratch.bytes("torn.jsonl") == whole)
    }
  }

  /// As `printf '%s' '{…,"line":0}' | sha256sum` says.
  @Test func aLineEndsWithTheChecksumOfTheRest() throws {
    let bytes = try #require(LedgerLine.bytes(of: entries[0], number: 0))
    let line = String(decoding: bytes, as: UTF8.self)
    let body = line.prefix { $0 != "}" } + line.dropFirst(line.prefix { $0 != "}" }.count)
    let parts = body.split(separator: ",\"sum\":\"", maxSplits: 1).map(String.init)
    #expect(parts[0].hasSuffix(",\"line\":0"))
    #expect(parts[1] == "\(Digest.sha256(of: (parts[0] + "}").utf8).prefix(16))\"}\n")
  }

  /// What can happen to the second of three lines.
  @Test(arguments: [
    "{\"index\":1}", "nonsense", "", "\u{0}\u{0}", "no checksum", "another number", "another value",
  ])
  func aDamagedLineInTheMiddleIsNamedAndTheOthersStay(line: String) throws {
    let scratch = try written()
    var lines = String(decoding: try scratch.bytes("ledger.jsonl"), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    lines[1] =
      switch line {
      case "no checksum": lines[1].prefix(while: { $0 != "}" }) + "}}"
      case "another number": lines[1].replacing("\"line\":1", with: "\"line\":7")
      case "another value":
        lines[1].replacing("\"outcome\":\"fooled\"", with: "\"outcome\":\"survived\"")
      default: line
      }
    let damaged = Array((lines.joined(separator: "\n") + "\n").utf8)
    try scratch.write(damaged, to: "damaged.jsonl")
    let error = #expect(throws: FileError.self) {
      try Ledger.entries(of: scratch.path("damaged.jsonl"))
    }
    #expect(error?.description.contains("damaged.jsonl: line 2: is damaged; repeat") == true)
    #expect(try scratch.bytes("damaged.jsonl") == damaged)
    var notices: [String] = []
    let ledger = try Ledger(scratch.path("damaged.jsonl"), of: nil, notice: { notices.append($0) })
    #expect(ledger.known == [entries[0], entries[2]])
    #expect(notices.first?.contains("damaged.jsonl: line 2: is damaged") == true)
    #expect(try scratch.bytes("damaged.jsonl.damaged") == damaged)
    #expect(try Ledger.entries(of: scratch.path("damaged.jsonl")) == ledger.known)
  }

  @Test func copiesOtherOrdersAndGapsAreNamed() throws {
    let scratch = try written()
    let lines = try scratch.bytes("ledger.jsonl").split(separator: 10).map { Array($0) + [10] }
    func problems(_ order: [Int]) -> [String] {
      LedgerReading(order.flatMap { lines[$0] }, of: nil).damage.map(\.problem)
    }
    func known(_ order: [Int]) -> [LedgerEntry] {
      LedgerReading(order.flatMap { lines[$0] }, of: nil).entries
    }
    #expect(problems([0, 1, 2]) == [])
    #expect(problems([0, 1, 1, 2]) == ["is a copy of line 2"])
    #expect(known([0, 1, 1, 2]) == entries)
    #expect(problems([0, 2, 1]) == ["stands before earlier ones"])
    #expect(known([0, 2, 1]) == entries)
    #expect(problems([0, 2])[0].hasSuffix("so that 1 before it are missing"))
    #expect(known([0, 2]) == [entries[0], entries[2]])
  }

  @Test func linesAppendedAfterResumingFollowTheOldOnes() throws {
    let scratch = try written()
    var resumed = try Ledger(scratch.path("ledger.jsonl"), of: nil)
    try resumed.append(.example(7))
    #expect(
      try Ledger(scratch.path("ledger.jsonl"), of: nil).known == entries + [.example(7)])
    #expect(resumed.known == entries)
  }

  /// Written by version 0.1.0 in its early days, before there were checksums: SmallCNN of TRADES on
  /// the first 12 test images of MNIST, ε 0.3.
  @Test func anOlderRunIsRead() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/older-run").path
    let settings = try JSONDecoder().decode(
      RunSettings.self, from: Data(FileContents.read(path + "/run.json")))
    #expect(settings.indices.count == 12)
    #expect(settings.rounding == nil)
    let entries = try Ledger.entries(of: path + "/ledger.jsonl", of: settings)
    #expect(entries.filter { $0.attack == LedgerEntry.clean }.count == 12)
    #expect(try RecordedRun(path).entries == entries, "its result.json has the older names")
  }

  /// Sums of a hundred thousand lines stay within 64 bits.
  @Test(arguments: [Int.max, 1 << 41, -1])
  func numbersThatNoRunCanHaveWrittenAreDamage(count: Int) throws {
    var entry = entries[0]
    entry.passes.forwards = count
    let line = try #require(LedgerLine.bytes(of: entry, number: 0))
    #expect(LedgerLine(line.dropLast()) == nil)
  }

  @Test func everyLineIsAnObjectWithTheDocumentedFields() throws {
    let scratch = try written()
    let line = try #require(
      try scratch.bytes("ledger.jsonl").split(separator: 10).dropFirst().first)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    #expect(object["index"] as? Int == 5)
    #expect(object["attack"] as? String == "apgd-ce")
    #expect(object["outcome"] as? String == "fooled")
    #expect(object["record"] as? Int == 0)
    #expect(object["line"] as? Int == 1)
    #expect((object["sum"] as? String)?.count == 16)
    #expect((object["passes"] as? [String: Any])?["forwards"] as? Int == 6)
  }
}

/// Lines that are whole but cannot be of the run: what they told is done again.
@Suite struct LedgerSequenceTests {
  private let scratch = try? Scratch()
  private static let shape = FeatureShape(channels: 1, height: 1, width: 2)

  private func settings() throws -> RunSettings {
    var settings = try RunSettings.example()
    settings.attacks = ["a", "b"].map { .init(name: $0, settings: [:]) }
    return settings
  }

  /// Entries of three images: two fooled by `a`, one that survives it and is fooled by `b`.
  private var steps: [LedgerEntry] {
    [
      .example(0), .example(1), .example(2), .example(0, "a", .fooled, record: 0),
      .example(1, "a", .fooled, record: 1), .example(2, "a", .survived),
      .example(2, "b", .fooled, record: 2),
    ]
  }

  private func image(_ number: Int) -> Image {
    Image(shape: Self.shape, pixels: [Float(number) / 4, 0.5])
  }

  /// Settles everything, then changes the ledger's text.
  private func resumed(
    sums: Bool = true, _ change: (inout [String]) -> Void
  ) async throws -> (entries: [LedgerEntry], notices: [String]) {
    let path = try #require(scratch).path("run")
    do {
      let journal = try RunDirectory(path, settings: settings()).journal(shape: Self.shape)
      for step in steps { try await journal.settle(step, adversarial: step.record.map(image)) }
    }
    let file = path + "/ledger.jsonl"
    var lines = try String(contentsOfFile: file, encoding: .utf8)
      .split(separator: "\n").map { String($0) }
    if !sums { lines = try lines.map { try Self.withoutSums($0) } }
    change(&lines)
    try (lines.map { $0 + "\n" }.joined()).write(toFile: file, atomically: true, encoding: .utf8)
    var notices: [String] = []
    let journal = try RunDirectory(path, settings: settings()).journal(
      shape: Self.shape, notice: { notices.append($0) })
    let entries = await journal.entries
    for entry in entries {
      guard let record = entry.record else { continue }
      // Whatever happened, what is left has its own image.
      #expect(try await journal.image(record) == image(entry.index))
    }
    return (entries, notices)
  }

  private static func withoutSums(_ line: String) throws -> String {
    line.replacing(try Regex(",\"line\":.*"), with: "}")
      .replacing(try Regex("\"record_sum\":\"[0-9a-f]*\","), with: "")
  }

  private func named(_ entries: [LedgerEntry]) -> [String] {
    entries.map { "\($0.index)\($0.attack)" }
  }

  private let all = ["0clean", "1clean", "2clean", "0a", "1a", "2a", "2b"]

  @Test(arguments: [true, false]) func nothingHappensToAWholeOne(sums: Bool) async throws {
    let (entries, notices) = try await resumed(sums: sums) { _ in }
    #expect(named(entries) == all)
    #expect(notices == [])
    #expect(entries.allSatisfy { ($0.recordSum == nil) == ($0.record == nil) })
  }

  @Test(arguments: [true, false])
  func ofADamagedMiddleOnlyThatImageIsDoneAgain(sums: Bool) async throws {
    let (entries, notices) = try await resumed(sums: sums) { $0[5] = "\0\0\0" }
    #expect(named(entries) == ["0clean", "1clean", "2clean", "0a", "1a"])
    #expect(notices.contains { $0.contains("line 6: is damaged") })
  }

  @Test(arguments: [true, false]) func aLineTwiceCountsOnce(sums: Bool) async throws {
    let (entries, notices) = try await resumed(sums: sums) { $0.insert($0[3], at: 5) }
    #expect(named(entries) == all)
    #expect(notices.first?.contains("line 6") == true)
  }

  @Test(arguments: [true, false]) func aBlankLineIsNamed(sums: Bool) async throws {
    let (entries, notices) = try await resumed(sums: sums) { $0.insert("", at: 2) }
    #expect(named(entries) == all)
    #expect(notices.first?.contains("line 3: is damaged") == true)
  }

  @Test func swappedRecordsOfALedgerWithoutChecksumsAreDoneAgain() async throws {
    let (entries, notices) = try await resumed(sums: false) { lines in
      lines[3] = lines[3].replacing("\"record\":0", with: "\"record\":1")
      lines[4] = lines[4].replacing("\"record\":1", with: "\"record\":0")
    }
    #expect(named(entries) == ["0clean", "1clean", "2clean", "2a", "2b"])
    #expect(notices.count > 1)
  }

  /// Even where the line's own checksum was made to fit.
  @Test func swappedRecordsAreCaughtByTheImagesChecksum() async throws {
    let (entries, notices) = try await resumed { lines in
      for (line, record) in [(3, 1), (4, 0)] {
        let text = lines[line].replacing("\"record\":\(1 - record)", with: "\"record\":\(record)")
        let body = text.prefix(upTo: text.range(of: ",\"sum\":")?.lowerBound ?? text.endIndex) + "}"
        lines[line] =
          "\(body.dropLast()),\"sum\":\"\(Digest.sha256(of: body.utf8).prefix(16))\"}"
      }
    }
    #expect(named(entries) == ["0clean", "1clean", "2clean", "2a", "2b"])
    #expect(notices.first?.contains("record 1 of adversarial.f32, is damaged") == true)
  }

  @Test func strangersAreDropped() async throws {
    let (entries, notices) = try await resumed(sums: false) { lines in
      lines.append(lines[0].replacing("\"index\":0", with: "\"index\":77"))
      lines.append(lines[5].replacing("\"index\":2", with: "\"index\":1"))
    }
    #expect(named(entries) == all)
    #expect(notices[0].contains("line 8: is of image 77, which is not the run's"))
    #expect(notices[1].contains("line 9: is a at 8/255 of image 1, where nothing follows"))
  }

  @Test func anImageThatWasDamagedIsFoundAgain() async throws {
    let path = try #require(scratch).path("run")
    _ = try await resumed { _ in }
    let file = URL(fileURLWithPath: path + "/adversarial.f32")
    var bytes = try Data(contentsOf: file)
    bytes[9] ^= 1
    try bytes.dropLast().write(to: file)
    let journal = try RunDirectory(path, settings: settings()).journal(shape: Self.shape)
    #expect(named(await journal.entries) == ["0clean", "1clean", "2clean", "0a", "2a"])
  }
}
