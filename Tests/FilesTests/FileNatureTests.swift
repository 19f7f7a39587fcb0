import Files
import Testing

struct FileNatureTests {
  @Test(
    arguments: [
      ([0x1f, 0x8b, 8, 0], "gzip"), (Array("BZh9".utf8), "bzip2"),
      ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "xz"), ([0x93] + Array("NUMPY".utf8), "NumPy"),
      ([0, 0, 0, 0] + Array("TFL3".utf8), "TensorFlow Lite"),
      (Array("version https://git-lfs.github.com/spec/v1\n".utf8), "git lfs pull"),
      (Array("\n<!DOCTYPE html><html>".utf8), "web page"), (Array("{\"a\": 1}".utf8), "JSON"),
      (Array("some words\n".utf8), "plain text"), ([0x7f] + Array("ELF".utf8), "shared library"),
      (Array(repeating: 0, count: 257) + Array("ustar".utf8), "tar archive"), ([], "empty"),
    ] as [([UInt8], String)])
  func foreignFilesAreNamedWithARemedy(bytes: [UInt8], word: String) throws {
    let scratch = try Scratch()
    let problem = try #require(FileNature.problem(of: try scratch.file(bytes)))
    #expect(problem.contains(word) && problem.contains("; "))
  }

  @Test func unknownBytesAreGivenNoName() throws {
    let scratch = try Scratch()
    #expect(FileNature.problem(of: try scratch.file([1, 2, 3, 0xff, 0xfe])) == nil)
  }

  @Test(arguments: [[0, Int.max, 3], [1 << 32, 0, 1 << 32], [-1, 0], [Int.max, 2]])
  func emptyShapesExcuseNoOverflow(shape: [Int]) { #expect(shape.checkedProduct == nil) }

  @Test func extentsThatFitHaveTheirProduct() {
    #expect([2, 3, 4].checkedProduct == 24)
    #expect([2, 0, 4].checkedProduct == 0)
    #expect([Int]().checkedProduct == 1)
  }
}
