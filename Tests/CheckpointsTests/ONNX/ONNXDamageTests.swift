import Checkpoints
import Graphs
import Tensors
import Testing

/// Damaged files may be refused or read; they may not stop the process.
@Suite("Damaged ONNX files")
struct ONNXDamageTests {
  @Test("a file cut short anywhere is refused", arguments: ["plain", "shuffle"])
  func truncation(name: String) throws {
    let bytes = try ONNXFixture(name).bytes
    for length in bytes.indices {
      // What comes last is the opset; a file without it is no model either.
      #expect(throws: ONNXError.self, "\(length) bytes") {
        try ONNXFile.model(from: Array(bytes[..<length]))
      }
    }
  }

  @Test("random bytes changed in a file never trap", arguments: ONNXFixture.names)
  func mutation(name: String) throws {
    let original = try ONNXFixture(name).bytes
    var random = RandomStream(seed: 5).forked(name)
    var refused = 0
    for _ in 0..<1500 {
      var bytes = original
      for _ in 0..<1 + random.below(4) {
        bytes[random.below(bytes.count)] = UInt8(random.below(256))
      }
      refused += outcome(bytes) == .refused ? 1 : 0
    }
    #expect(refused > 50)
  }

  @Test("bytes taken out, doubled or moved never trap", arguments: ONNXFixture.names)
  func rearrangement(name: String) throws {
    let original = try ONNXFixture(name).bytes
    var random = RandomStream(seed: 6).forked(name)
    for _ in 0..<300 {
      var bytes = original
      let start = random.below(bytes.count)
      let length = 1 + random.below(min(16, bytes.count - start))
      let piece = bytes[start..<start + length]
      if random.sign() > 0 { bytes.removeSubrange(start..<start + length) }
      if random.sign() > 0 { bytes.insert(contentsOf: piece, at: random.below(bytes.count)) }
      _ = outcome(bytes)
    }
  }

  @Test(
    "numbers of the structure replaced by extreme ones never trap", arguments: ONNXFixture.names)
  func extremes(name: String) throws {
    let original = try ONNXFixture(name).bytes
    for position in original.indices where original[position] < 0x10 {
      for extreme in [UInt8(0), 0x7F, 0xFF] {
        var bytes = original
        bytes[position] = extreme
        _ = outcome(bytes)
      }
    }
  }

  private enum Outcome { case refused, read }

  private func outcome(_ bytes: [UInt8]) -> Outcome {
    do {
      let model = try ONNXFile.model(from: bytes).model
      if (try? model.shapes()) == nil {
        Issue.record("a model that was read does not fit together")
      }
      return .read
    } catch {
      return .refused
    }
  }
}
