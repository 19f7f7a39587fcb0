import Checkpoints
import Files
import Foundation
import Tensors
import Testing

struct PyTorchFileTests {
  private struct Expected: Decodable {
    var name: String
    var shape: [Int]
    var elements: [Double]
  }

  @Test(arguments: [
    "zip", "legacy", "nested_zip", "nested_legacy", "views_zip", "views_legacy", "types_zip",
    "types_legacy", "protocol4",
  ])
  func tensorsEqualPyTorchs(name: String) throws {
    let json = try Data(contentsOf: URL(filePath: fixture("expected.json")))
    let all = try JSONDecoder().decode([String: [Expected]].self, from: json)
    let expected = try #require(all[name])
    let tensors = try PyTorchFile.read(fixture(name + ".pt"))
    #expect(tensors.map(\.name) == expected.map(\.name))
    for (got, wanted) in zip(tensors, expected) {
      #expect(got.tensor.shape == wanted.shape, "\(wanted.name)")
      #expect(got.tensor.elements == wanted.elements.map(Float.init), "\(wanted.name)")
    }
  }

  @Test(arguments: [
    ("evil.pt", "posix.system"), ("evil_legacy.pt", "posix.system"),
    ("module.pt", "torch.nn.modules.linear.Linear"),
  ])
  func codeIsRefusedByName(file: String, name: String) throws {
    let error = try #require(throws: FileError.self) { try PyTorchFile.read(fixture(file)) }
    #expect(error.kind == .malformed)
    #expect(error.problem.contains(name))
    #expect(error.problem.contains("save model.state_dict()"))
  }

  @Test(arguments: ["zip.pt", "legacy.pt", "views_legacy.pt", "nested_zip.pt"])
  func truncationIsRefusedAtEveryLength(file: String) throws {
    let scratch = try Scratch()
    let bytes = try FileContents.read(fixture(file))
    for length in 0..<bytes.count {
      let path = try scratch.file(Array(bytes.prefix(length)))
      #expect(throws: FileError.self, "\(length)") { try PyTorchFile.read(path) }
    }
  }

  @Test(arguments: ["zip.pt", "views_legacy.pt", "types_zip.pt"])
  func anyChangedByteIsReadOrRefused(file: String) throws {
    let scratch = try Scratch()
    let bytes = try FileContents.read(fixture(file))
    for position in bytes.indices {
      var changed = bytes
      changed[position] ^= 0xff
      let path = try scratch.file(changed)
      do throws(FileError) {
        let count = try PyTorchFile.read(path).reduce(0) { $0 + $1.tensor.count }
        #expect(count < 1 << 20)
      } catch {
        #expect(error.kind == .malformed)
      }
    }
  }

  @Test func aDamagedStorageFailsItsChecksum() throws {
    let scratch = try Scratch()
    var bytes = try FileContents.read(fixture("zip.pt"))
    let tensors = try PyTorchFile.read(fixture("zip.pt"))
    let first = withUnsafeBytes(of: tensors[0].tensor[0]) { Array($0) }
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: first) })
    bytes[start] ^= 1
    let error = try #require(throws: FileError.self) {
      try PyTorchFile.read(scratch.file(bytes))
    }
    #expect(error.problem.contains("checksum"))
  }

  /// Pickles that would hang, overflow or grow without bound in a naive reader.
  @Test(arguments: [
    // A dictionary that contains itself under state_dict.
    "}q\u{0}X\u{a}\u{0}\u{0}\u{0}state_dicth\u{0}s.",
    // A list of one that contains itself.
    "]q\u{0}h\u{0}a.",
    // A global that is none.
    "cos\nsystem\n.", "\u{0}", ".", "0.", "(.", "s.", "t.", "R.", "h\u{1}.", "Q.",
    // An inline number that is none.
    "Ix\n.", "I\n.",
    // Calls without their arguments.
    "ctorch._utils\n_rebuild_tensor_v2\n)R.", "ctorch\nFloatStorage\n)R.",
  ])
  func strangePicklesAreRefused(pickle: String) throws {
    let scratch = try Scratch()
    let header: [UInt8] = [
      0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
    ]
    let bytes = header + Array("K\u{1}.}.".utf8) + Array(pickle.utf8) + Array("].".utf8)
    #expect(throws: FileError.self) { try PyTorchFile.read(scratch.file(bytes)) }
  }

  @Test func aFloodOfValuesIsRefused() throws {
    let scratch = try Scratch()
    let header: [UInt8] = [
      0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
    ]
    let flood = [UInt8](repeating: UInt8(ascii: "]"), count: 1 << 20)
    let bytes = header + Array("K\u{1}.}.".utf8) + flood + Array(".].".utf8)
    let error = try #require(throws: FileError.self) {
      try PyTorchFile.read(scratch.file(bytes))
    }
    #expect(error.problem.contains("too many values"))
  }

  @Test(arguments: [
    ("zip.pt", CheckpointFile.Kind.pytorchZip), ("legacy.pt", .pytorchLegacy),
    ("checkpoint.h5", .hdf5), ("expected.json", .unknown),
  ])
  func kindsAreToldByContent(file: String, kind: CheckpointFile.Kind) throws {
    #expect(try CheckpointFile.kind(of: fixture(file)) == kind)
  }

  @Test func missingFilesAreMissing() throws {
    let error = try #require(throws: FileError.self) {
      try PyTorchFile.read(Scratch().path("absent.pt"))
    }
    #expect(error.kind == .missing && error.exitCode == 66)
  }
}
