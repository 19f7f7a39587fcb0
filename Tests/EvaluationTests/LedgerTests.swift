import Files
import Foundation
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
    let ledger = try Ledger(scratch.path("ledger.jsonl"))
    #expect(ledger.known.isEmpty)
    for entry in entries { try ledger.append(entry) }
    return scratch
  }

  @Test func whatWasAppendedIsKnownAgain() throws {
    let scratch = try written()
    #expect(try Ledger(scratch.path("ledger.jsonl")).known == entries)
  }

  /// A killed process may leave any part of its last line.
  @Test func aTornLastLineIsDroppedWhereverItIsTorn() throws {
    let scratch = try written()
    let whole = try scratch.bytes("ledger.jsonl")
    let lastLine = try #require(whole.dropLast().lastIndex(of: UInt8(ascii: "\n"))) + 1
    for end in lastLine..<whole.count {
      try scratch.write(Array(whole[..<end]), to: "torn.jsonl")
      let ledger = try Ledger(scratch.path("torn.jsonl"))
      #expect(ledger.known == Array(entries.dropLast()))
      try ledger.append(entries[2])
      #expect(try scratch.bytes("torn.jsonl") == whole)
    }
  }

  @Test(arguments: ["{\"index\":1}", "nonsense", "", "\u{0}\u{0}"])
  func aDamagedLineInTheMiddleIsRefusedByNumber(line: String) throws {
    let scratch = try written()
    var lines = String(decoding: try scratch.bytes("ledger.jsonl"), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    lines[1] = line
    try scratch.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "damaged.jsonl")
    let before = try scratch.bytes("damaged.jsonl")
    let error = #expect(throws: FileError.self) { try Ledger(scratch.path("damaged.jsonl")) }
    #expect(error?.exitCode == 65)
    #expect(error?.description.contains("damaged.jsonl: line 2: ") == true)
    #expect(error?.description.contains("choose another --out") == true)
    #expect(try scratch.bytes("damaged.jsonl") == before)
  }

  @Test func linesAppendedAfterResumingFollowTheOldOnes() throws {
    let scratch = try written()
    let resumed = try Ledger(scratch.path("ledger.jsonl"))
    try resumed.append(.example(7))
    #expect(try Ledger(scratch.path("ledger.jsonl")).known == entries + [.example(7)])
    #expect(resumed.known == entries)
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
    #expect((object["passes"] as? [String: Any])?["forwards"] as? Int == 6)
  }
}
