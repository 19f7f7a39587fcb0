import Files
import Testing

struct PlainFileTests {
  /// The vectors of FIPS 180-2, appendix B.
  @Test(arguments: [
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func sha256MatchesTheStandard(text: String, digest: String) throws {
    let scratch = try Scratch()
    #expect(Digest.sha256(of: Array(text.utf8)) == digest)
    #expect(try Digest.sha256(ofFile: scratch.file(Array(text.utf8))) == digest)
  }

  /// FIPS 180-2, appendix B.3: a million times the letter a.
  @Test func sha256OfAFileOfManyBlocks() throws {
    let scratch = try Scratch()
    let path = try scratch.file([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
    #expect(
      try Digest.sha256(ofFile: path)
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  /// The check value of CRC-32/ISO-HDLC.
  @Test func crc32MatchesItsCheckValue() {
    #expect(Digest.crc32(of: Array("123456789".utf8)[...]) == 0xcbf4_3926)
  }

  @Test func gzipMembersAreJoined() throws {
    let bytes = try GzipReader.readMaybeGzipped(fixture("twice.gz"), limit: 1000)
    #expect(String(decoding: bytes, as: UTF8.self) == "first second")
  }

  @Test func plainFilesPassThrough() throws {
    let scratch = try Scratch()
    #expect(try GzipReader.readMaybeGzipped(scratch.file([1, 2, 3]), limit: 3) == [1, 2, 3])
  }

  @Test func decompressionIsBounded() throws {
    let error = try #require(throws: FileError.self) {
      try GzipReader.readMaybeGzipped(fixture("bomb.gz"), limit: 1 << 19)
    }
    #expect(error.problem.contains("decompresses to more than 524288 bytes"))
    #expect(try GzipReader.readMaybeGzipped(fixture("bomb.gz"), limit: 1 << 20).count == 1 << 20)
  }

  @Test func truncatedGzipIsRefusedAtEveryLength() throws {
    let scratch = try Scratch()
    let bytes = try FileContents.read(fixture("twice.gz"))
    // The first member ends after 26 bytes: cut there, the rest is a whole file.
    for length in 2..<bytes.count where length != 26 {
      let path = try scratch.file(Array(bytes.prefix(length)))
      #expect(throws: FileError.self, "\(length)") {
        try GzipReader.readMaybeGzipped(path, limit: 1000)
      }
    }
  }

  @Test func filesAboveTheLimitAreRefused() throws {
    let scratch = try Scratch()
    let path = try scratch.file([1, 2, 3, 4])
    #expect(throws: FileError.self) { try FileContents.read(path, limit: 3) }
    #expect(try FileContents.prefix(of: path, count: 2) == [1, 2])
    #expect(try FileContents.prefix(of: path, count: 9) == [1, 2, 3, 4])
  }

  @Test func atomicWritesReplaceAndLeaveNothingElse() throws {
    let scratch = try Scratch()
    let path = scratch.path("a")
    try AtomicFile.write("old", to: path)
    try AtomicFile.write("new", to: path)
    #expect(try FileContents.read(path) == Array("new".utf8))
    #expect(try scratch.contents == ["a"])
    let error = try #require(throws: FileError.self) {
      try AtomicFile.write("text", to: scratch.path("absent/a"))
    }
    #expect(error.kind == .unwritable)
  }

  @Test func numbersAreReadLowestByteFirst() throws {
    var reader = ByteReader([1, 2, 3, 4, 5, 0xff, 0xfe], path: "memory")
    #expect(try reader.number() as UInt32 == 0x0403_0201)
    #expect(try reader.byte() == 5)
    #expect(try reader.number() as Int16 == -257)
    #expect(throws: FileError.self) { try reader.byte() }
  }

  @Test(arguments: [-1, 3, Int.max, Int.min])
  func lengthsOutsideAreErrors(count: Int) {
    var reader = ByteReader([1, 2], path: "memory", place: "header")
    #expect(throws: FileError.self) { try reader.range(count) }
    #expect(throws: FileError.self) { try reader.seek(to: count) }
    #expect(throws: FileError.self) { try reader.restrict(from: 1, count: count) }
    #expect(throws: FileError.self) { try reader.slice(UInt64.max) }
  }

  @Test func messagesStayOnOneLine() {
    let error = FileError("a.h5", "evil\nname\u{1b}[31m", problem: "is bad")
    #expect(
      error.description == "a.h5: evil?name?[31m: is bad; get the file again, or write it anew")
  }
}
