import Files
import Tensors
import Testing

/// Files that h5py wrote; see `Fixtures/make_chunks.py` and `Fixtures/make_links.py`.
@Suite struct HDF5ChunkTests {
  @Test(arguments: ["plain", "packed"], ["single", "fixed", "room", "growing", "wider", "tree"])
  func everyIndexOfBlocksIsRead(group: String, index: String) throws {
    let file = try HDF5File(reading: fixture("chunks.h5"))
    #expect(try file.integers("\(group)/\(index)") == Array(0..<60))
    #expect(
      try file.tensor("\(group)/\(index)", rows: 4..<9).elements == (24..<54).map(Float.init))
  }

  @Test(arguments: ["pages", "superblocks", "deep"])
  func indicesOfThousandBlocksAreRead(name: String) throws {
    let file = try HDF5File(reading: fixture("chunks.h5"))
    #expect(try file.bytes(name) == (0..<4400).map { UInt8($0 % 251) })
  }

  @Test func blocksAllocatedBeforehandAreRead() throws {
    let file = try HDF5File(reading: fixture("chunks.h5"))
    #expect(try file.integers("implicit") == Array(0..<60))
  }

  @Test(arguments: ["packed", "fixed"])
  func theNewestVersionIsRead(name: String) throws {
    let file = try HDF5File(reading: fixture("latest.h5"))
    #expect(try file.integers(name) == Array(0..<60))
  }

  @Test func filtersAreUndone() throws {
    let file = try HDF5File(reading: fixture("filters.h5"))
    #expect(try file.integers("checksum") == Array(0..<60))
    #expect(try file.integers("all") == Array(0..<60))
    let repeated = (0..<480).map { Int64($0 / 8 / 7) }
    #expect(try file.integers("lzf") == repeated)
    #expect(try file.integers("scaleoffset") == Array(1000..<1060))
    #expect(try file.bytes("constant") == [UInt8](repeating: 7, count: 60))
    #expect(try file.tensor("decimals").elements == (0..<60).map { Float($0) / 8 })
    #expect(try file.integers("signed") == Array(-30..<30))
    #expect(try file.bytes("oddbytes") == Array(0..<7))
  }

  @Test func aDamagedBlockFailsItsChecksum() throws {
    let scratch = try Scratch()
    var bytes = try FileContents.read(fixture("filters.h5"))
    let block = (0..<7).map { UInt8($0) }
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: block) })
    bytes[place + 3] ^= 4
    let file = try HDF5File(reading: try scratch.file(bytes))
    let error = try #require(throws: FileError.self) { try file.bytes("oddbytes") }
    #expect(error.description.contains("checksum is wrong"))
  }

  @Test(arguments: ["chunks.h5", "filters.h5", "latest.h5", "newlinks.h5"])
  func anyChangedByteIsReadOrRefused(name: String) throws {
    let scratch = try Scratch()
    let bytes = try FileContents.read(fixture(name))
    for position in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 900)) {
      var changed = bytes
      changed[position] ^= 0xff
      let path = try scratch.file(changed)
      do throws(FileError) {
        let file = try HDF5File(reading: path)
        for dataset in try file.datasets() { _ = try file.tensor(dataset) }
      } catch { #expect(error.kind == .malformed) }
    }
  }

  @Test(arguments: ["links.h5", "newlinks.h5"])
  func softLinksLeadToWhatTheyName(name: String) throws {
    let file = try HDF5File(reading: fixture(name))
    for dataset in ["absolute", "relative", "group/sibling", "folder/numbers", "folder/sibling"] {
      #expect(try file.integers(dataset) == Array(0..<6), "\(dataset)")
    }
    #expect(try file.integers("group/truths") == [1, 0, 1])
    for (dataset, words) in [
      ("nowhere", "“/absent”, which is missing"), ("round", "circles"), ("outside", "elsewhere"),
    ] {
      let error = try #require(throws: FileError.self) { try file.integers(dataset) }
      #expect(error.description.contains(words))
    }
  }
}
