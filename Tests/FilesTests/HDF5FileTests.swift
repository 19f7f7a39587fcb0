import Files
import Tensors
import Testing

struct HDF5FileTests {
  @Test(arguments: [
    "little_f2", "little_f4", "little_f8", "big_f4", "big_f8", "little_u2", "little_u8",
  ])
  func numbersOfAnyStandardTypeBecomeFloats(type: String) throws {
    let file = try HDF5File(reading: fixture("good.h5"))
    let tensor = try file.tensor("ramp/\(type)")
    #expect(tensor.shape == [2, 3])
    #expect(tensor.elements == [0, 1, 2, 3, 4, 5])
  }

  @Test(arguments: ["little_i1", "little_i4", "big_i8"])
  func signedNumbersKeepTheirSign(type: String) throws {
    let file = try HDF5File(reading: fixture("good.h5"))
    #expect(try file.tensor("ramp/\(type)").elements == [-1, 0, 1, 2, 3, 4])
    #expect(try file.integers("ramp/\(type)") == [-1, 0, 1, 2, 3, 4])
  }

  @Test func fractionsKeepAllBits() throws {
    let file = try HDF5File(reading: fixture("good.h5"))
    #expect(try file.tensor("fraction").elements == [0.1, -2.5e-8, 1e38])
    #expect(try file.tensor("scalar").shape == [])
    #expect(try file.tensor("scalar").elements == [2.5])
    #expect(try file.tensor("empty").shape == [0, 4])
  }

  @Test func compressedRowsAreReadWholeAndInPart() throws {
    let file = try HDF5File(reading: fixture("good.h5"))
    #expect(try file.tensor("packed").elements == (0..<7000).map(Float.init))
    let part = try file.tensor("packed", rows: 298..<302)
    #expect(part.shape == [4, 7])
    #expect(part.elements == (298 * 7..<302 * 7).map(Float.init))
    #expect(throws: FileError.self) { try file.tensor("packed", rows: 998..<1001) }
  }

  @Test func bytesAndTextsAreReadAsWritten() throws {
    let file = try HDF5File(reading: fixture("good.h5"))
    #expect(try file.bytes("bytes") == [0, 1, 254, 255])
    #expect(try file.strings("fixed_text") == ["ab", "longer"])
    #expect(
      try file.strings("variable_text") == ["", "naïve", String(repeating: "x", count: 300)])
  }

  @Test func attributesAreReadAsWritten() throws {
    let file = try HDF5File(reading: fixture("good.h5"))
    #expect(try file.string(attribute: "text") == "one")
    #expect(try file.string(attribute: "fixed") == "two")
    #expect(try file.strings(attribute: "texts") == ["a", "bc"])
    #expect(try file.integers(attribute: "numbers") == [3, 32, 32])
    #expect(try file.floats(attribute: "mean") == [0.5, 0.25])
    #expect(try file.floats(attribute: "big") == [0.5, 0.25])
    #expect(try file.integers(attribute: "depth", of: "ramp") == [4])
    #expect(try file.string(attribute: "absent") == nil)
    #expect(throws: FileError.self) { try file.string(attribute: "texts") }
    #expect(throws: FileError.self) { try file.integers(attribute: "text") }
  }

  @Test func namesAreListed() throws {
    let file = try HDF5File(reading: fixture("good.h5"))
    #expect(try file.children().contains("ramp"))
    #expect(try file.children(of: "ramp").count == 10)
    #expect(try file.datasets().count == 17)
    #expect(try file.datasets(under: "ramp").first == "ramp/big_f4")
    #expect(try file.kind(of: "ramp") == .group)
    #expect(try file.kind(of: "ramp/big_f4") == .dataset)
    #expect(try file.kind(of: "ramp/absent/deeper") == nil)
    #expect(try file.description(of: "packed").shape == [1000, 7])
    #expect(try file.description(of: "ramp/little_f2").elements == .float(bytes: 2))
  }

  @Test(arguments: [
    ("links/outside", "a link to elsewhere"),
    ("elsewhere", "in another file"),
    ("nothing", "claims 4398046511104 bytes"), ("bomb", "claims 4398046511104 bytes"),
    ("virtual", "a virtual dataset"),
    ("compound", "unusual type"), ("complex", "unusual type"), ("real", "not a dataset"),
    ("absent", "is missing"), ("many/1", "without track_order"), ("real/..", "is missing"),
  ])
  func hostileDatasetsAreRefusedByName(name: String, reason: String) throws {
    let file = try HDF5File(reading: fixture("hostile.h5"))
    let error = try #require(throws: FileError.self) { try file.tensor(name) }
    #expect(error.kind == .malformed)
    #expect(error.description.contains(reason), "\(error)")
    #expect(error.place.map { name.hasPrefix($0) } == true)
  }

  @Test func groupsOfTheNewerFormatAreRead() throws {
    let file = try HDF5File(reading: fixture("hostile.h5"))
    #expect(try file.tensor("few/data").elements == [1, 1, 1, 1])
    #expect(try file.children(of: "links") == ["soft", "outside", "soft_group"])
  }

  @Test func groupsInACircleEnd() throws {
    let file = try HDF5File(reading: fixture("hostile.h5"))
    #expect(throws: FileError.self) { try file.datasets(under: "real") }
  }

  @Test(.timeLimit(.minutes(1))) func millionsOfNamesForOneDatasetEndTheWalk() throws {
    let file = try HDF5File(reading: fixture("paths.h5"))
    let error = try #require(throws: FileError.self) { try file.datasets() }
    #expect(error.problem.contains("more than one of"))
  }

  @Test func groupsWithSeveralNamesAreReadUnderEach() throws {
    let file = try HDF5File(reading: fixture("paths.h5"))
    let inner = String(repeating: "a/", count: 24) + "b"
    #expect(try file.datasets(under: inner) == [inner + "/block", inner + "/data"])
    let outer = String(repeating: "b/", count: 22) + "a"
    #expect(try file.datasets(under: outer).count == 8)
    #expect(try file.tensor(outer + "/b/a/data").elements == [1])
  }

  @Test func blocksUnpackOnlySoOften() throws {
    let file = try HDF5File(reading: fixture("paths.h5"))
    let block = String(repeating: "a/", count: 25) + "block"
    #expect(try file.tensor(block).elements == [1])
    let error = try #require(throws: FileError.self) {
      for _ in 0..<10 { _ = try file.tensor(block) }
    }
    #expect(error.problem.contains("unpacks to more"))
  }

  @Test func absentAndForeignFilesAreToldApart() throws {
    let scratch = try Scratch()
    let missing = try #require(throws: FileError.self) {
      _ = try HDF5File(reading: scratch.path("absent.h5"))
    }
    #expect(missing.kind == .missing && missing.exitCode == 66)
    let text = try scratch.file(Array("no HDF5".utf8))
    let foreign = try #require(throws: FileError.self) { _ = try HDF5File(reading: text) }
    #expect(foreign.kind == .malformed && foreign.exitCode == 65)
    let folder = try #require(throws: FileError.self) {
      _ = try HDF5File(reading: scratch.path(""))
    }
    #expect(folder.kind == .missing)
  }

  @Test func truncatedFilesAreRefused() throws {
    let scratch = try Scratch()
    let bytes = try FileContents.read(fixture("good.h5"))
    for length in stride(from: 0, to: bytes.count, by: 97) {
      let path = try scratch.file(Array(bytes.prefix(length)))
      #expect(throws: FileError.self) { _ = try HDF5File(reading: path) }
    }
  }
}
