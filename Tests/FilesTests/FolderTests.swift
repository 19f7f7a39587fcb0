import Foundation
import Testing

@testable import Files

@Suite("Folders")
struct FolderTests {
  @Test("Folders on the way are made, and those that are there stay")
  func making() throws {
    let scratch = try Scratch()
    let path = scratch.path("a//b/c/")
    try Folder.make(path)
    try Folder.make(path)
    _ = try scratch.file([], named: "a/b/file")
    #expect(try Folder.names(in: scratch.path("a/b")) == ["c", "file"])
    #expect(try FileContents.isFolder(at: path))
  }

  @Test("What stands in the way is said with the system's words and a remedy")
  func inTheWay() throws {
    let scratch = try Scratch()
    _ = try scratch.file([], named: "file")
    for name in ["file", "file/inner"] {
      let error = try #require(throws: FileError.self) { try Folder.make(scratch.path(name)) }
      #expect(error.exitCode == 74)
      #expect(error.problem.contains("Not a directory; check the path"))
    }
    let missing = try #require(throws: FileError.self) { try Folder.names(in: scratch.path("no")) }
    #expect(missing.problem.contains("No such file or directory; check the path"))
  }

  @Test("Names that are not UTF-8 are refused by name")
  func otherNames() throws {
    let scratch = try Scratch()
    let path: [CChar] = Array(scratch.folder.path.utf8CString.dropLast()) + [47, -1, 97, 0]
    let descriptor = open(path, O_CREAT | O_WRONLY, 0o644)
    try #require(descriptor >= 0)
    close(descriptor)
    let error = try #require(throws: FileError.self) { try Folder.names(in: scratch.folder.path) }
    #expect(error.problem.contains("“\u{fffd}a”, whose name is not UTF-8; rename it"))
  }

  @Test("Nothing is called absent but what is")
  func existence() throws {
    let scratch = try Scratch()
    let file = try scratch.file([1], named: "file")
    #expect(try FileContents.exist(at: file))
    #expect(try !FileContents.exist(at: scratch.path("absent")))
    #expect(try !FileContents.exist(at: file + "/inner"))
    #expect(throws: FileError.self) {
      try FileContents.exist(at: scratch.path(String(repeating: "x", count: 300)))
    }
  }
}
