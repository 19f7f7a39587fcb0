import Checkpoints
import Files
import Foundation
import Graphs
import Tensors
import Testing

struct SafetensorsTests {
  /// A file with a header and as many bytes of numbers.
  private func bytes(_ header: String, numbers: Int = 8) -> [UInt8] {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    return length + Array(header.utf8) + [UInt8](repeating: 0, count: numbers)
  }

  private struct Expected: Decodable {
    var name: String
    var shape: [Int]
    var elements: [Double]
  }

  @Test func tensorsEqualThoseOfTheReferenceLibrary() throws {
    let json = try Data(contentsOf: URL(filePath: fixture("safetensors.json")))
    let expected = try JSONDecoder().decode([Expected].self, from: json)
    let file = try SafetensorsFile.read(fixture("types.safetensors"))
    #expect(file.metadata == ["format": "pt", "author": "ä"])
    #expect(Set(file.tensors.map(\.name)) == Set(expected.map(\.name)))
    for wanted in expected {
      let got = try #require(file.tensors.first { $0.name == wanted.name }?.tensor)
      #expect(got.shape == wanted.shape, "\(wanted.name)")
      #expect(got.elements == wanted.elements.map(Float.init), "\(wanted.name)")
    }
  }

  @Test func whatIsWrittenIsReadAndAlwaysTheSameBytes() throws {
    let scratch = try Scratch()
    let tensors = [
      "b": Tensor(shape: [2, 2], elements: [1, -2, 0.5, .leastNonzeroMagnitude]),
      "a": Tensor(shape: [0, 3]), "ä\"/": Tensor(shape: [], elements: [7]),
    ]
    try SafetensorsFile.write(tensors, metadata: ["k": "v"], to: scratch.path("a"))
    try SafetensorsFile.write(tensors, metadata: ["k": "v"], to: scratch.path("b"))
    let read = try SafetensorsFile.read(scratch.path("a"))
    #expect(Dictionary(uniqueKeysWithValues: read.tensors.map { ($0.name, $0.tensor) }) == tensors)
    #expect(read.metadata == ["k": "v"])
    #expect(try FileContents.read(scratch.path("a")) == FileContents.read(scratch.path("b")))
    #expect(try CheckpointFile.kind(of: scratch.path("a")) == .safetensors)
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#, "no JSON"),
    (#"[1]"#, "no JSON"),
    (#"{"a":{"dtype":"F32","shape":[2]}}"#, "no JSON"),
    (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}"#, "no JSON"),
    (#"{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}"#, "F8_E4M3"),
    (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "needs 12 bytes"),
    (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "makes no sense"),
    (
      #"{"a":{"dtype":"F64","shape":[9223372036854775807,2],"data_offsets":[0,8]}}"#,
      "makes no sense"
    ),
    (
      #"{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,8]}}"#,
      "makes no sense"
    ),
    (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "outside"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "outside"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, "outside"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}"#, "outside"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "gaps"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "4 bytes at the end"),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
        + #""b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "overlaps"
    ),
    (#"{"__metadata__":{"a":1}}"#, "no JSON"),
  ])
  func falseClaimsAreRefused(header: String, problem: String) throws {
    let scratch = try Scratch()
    let path = try scratch.file(bytes(header))
    let error = try #require(throws: FileError.self) { try SafetensorsFile.read(path) }
    #expect(error.kind == .malformed && error.problem.contains(problem), "\(error)")
    #expect(!error.description.contains("\n"))
  }

  @Test func smallIntegersMayNotBlowUpMemory() throws {
    let scratch = try Scratch()
    let count = 40 << 20
    let header = #"{"a":{"dtype":"U8","shape":[\#(count)],"data_offsets":[0,\#(count)]}}"#
    let path = try scratch.file(bytes(header, numbers: count))
    let error = try #require(throws: FileError.self) { try SafetensorsFile.read(path) }
    #expect(error.problem.contains("more memory"))
  }

  @Test func lengthsBeyondTheFileAreRefused() throws {
    let scratch = try Scratch()
    for length in [UInt64.max, 1 << 40, 9, 1000] {
      let start = withUnsafeBytes(of: length.littleEndian) { Array($0) }
      let path = try scratch.file(start + Array("{}".utf8))
      #expect(throws: FileError.self) { try SafetensorsFile.read(path) }
    }
  }

  @Test func anyChangedOrMissingByteIsReadOrRefused() throws {
    let scratch = try Scratch()
    let whole = try FileContents.read(fixture("types.safetensors"))
    for position in whole.indices {
      var changed = whole
      changed[position] ^= 0xff
      let path = try scratch.file(changed)
      do throws(FileError) { _ = try SafetensorsFile.read(path) } catch {
        #expect(error.kind == .malformed)
      }
      let cut = try scratch.file(Array(whole.prefix(position)))
      #expect(throws: FileError.self) { try SafetensorsFile.read(cut) }
    }
  }
}
