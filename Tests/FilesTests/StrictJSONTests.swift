import Files
import Testing

@Suite struct StrictJSONTests {
  private struct Record: Decodable, Equatable {
    var count: Int
    var share: Double?
    var names: [String]?
  }

  private static func read(
    _ text: String, strangers: StrictJSON.Strangers = .refused
  ) throws(FileError) -> Record {
    try StrictJSON.decode(Record.self, from: Array(text.utf8), of: "a.json", strangers: strangers)
  }

  @Test func aValueIsRead() throws {
    let text = #" {"count": 7, "share": 5e-1, "names": ["\u00e9\ud83d\ude00\n", "b"]} "#
    #expect(try Self.read(text) == Record(count: 7, share: 0.5, names: ["é😀\n", "b"]))
    #expect(try Self.read(#"{"count":0,"share":null}"#) == Record(count: 0))
    // The largest number that every reader keeps exactly.
    #expect(try Self.read(#"{"count":9007199254740992}"#).count == 1 << 53)
  }

  @Test(arguments: [
    (#"{"count":1,"count":1}"#, "count: stands twice"),
    (#"{"count":1,"other":2}"#, "other: is not a field"),
    (#"{"share":1}"#, "count: is missing"),
    (#"{"count":9007199254740993}"#, "count: is 9007199254740993, expected a whole number"),
    (#"{"count":-9223372036854775808}"#, "count: is -9223372036854775808, expected a whole"),
    (#"{"count":99999999999999999999}"#, "count: is 99999999999999999999, expected a whole"),
    (#"{"count":1.0}"#, "count: is 1.0, expected a whole number"),
    (#"{"count":1e3}"#, "count: is 1e3, expected a whole number"),
    (#"{"count":"1"}"#, "count: is “1”, expected a whole number"),
    (#"{"count":true}"#, "count: is true, expected a whole number"),
    (#"{"count":1,"share":1e999}"#, "share: is 1e999, expected a number"),
    (#"{"count":1,"names":["a",1]}"#, "names[1]: is 1, expected a text"),
    (#"{"count":1,"names":{}}"#, "names: is an object, expected a list"),
    ("[1]", "is a list of 1, expected an object"),
    (#"{"count":01}"#, "a number from 0"),
    (#"{"count":1} x"#, "more text follows"),
    (#"{"count":1,}"#, "no name"),
    (#"{"count":NaN}"#, "no value"),
    (#"{"count":1,"names":["\ud800"]}"#, "half a surrogate pair"),
    ("{\"count\":1,\"names\":[\"\u{1}\"]}", "a text without end"),
    (#"{"count":1"#, "no comma"),
    ("", "no value"),
  ])
  func whatIsAmbiguousOrTooLargeIsRefusedInOneSentence(text: String, words: String) throws {
    let error = try #require(throws: FileError.self) { try Self.read(text) }
    #expect(error.description.hasPrefix("a.json: "))
    #expect(error.description.contains(words), "\(error)")
    #expect(error.exitCode == 65)
  }

  @Test func otherVersionsMayHaveOtherFields() throws {
    let text = #"{"count":1,"other":{"deep":[1,2]}}"#
    #expect(try Self.read(text, strangers: .ignored) == Record(count: 1))
  }

  @Test(arguments: [("[", "]"), (#"{"a":"#, "}")])
  func nestingWithoutEndDoesNotExhaustTheStack(open: String, close: String) throws {
    let text =
      String(repeating: open, count: 200_000) + "1" + String(repeating: close, count: 200_000)
    let error = try #require(throws: FileError.self) { try Self.read(text) }
    #expect(error.description.contains("more than 32 levels"))
  }

  @Test func bytesThatAreNotUTF8AreRefused() throws {
    let bytes = Array("{\"count\":1,\"names\":[\"".utf8) + [0xff] + Array("\"]}".utf8)
    let error = try #require(throws: FileError.self) {
      try StrictJSON.decode(Record.self, from: bytes, of: "a.json")
    }
    #expect(error.description.contains("not UTF-8"))
  }

  @Test func theFirstDifferenceIsNamed() throws {
    func value(_ text: String) throws -> JSONValue {
      try StrictJSON.value(of: Array(text.utf8), "a.json")
    }
    let own = try value(#"{"a":[1,{"b":2.50}],"c":1}"#)
    #expect(own.difference(from: try value(#"{"c":1,"a":[1,{"b":2.5}]}"#)) == nil)
    let found = try #require(own.difference(from: try value(#"{"a":[1,{"b":3}],"c":1}"#)))
    #expect(found == ("a[1].b", "2.50", "3"))
    let shorter = try value(#"{"a":[1,{"b":2.5}]}"#)
    #expect(try #require(own.difference(from: shorter)) == ("c", "1", "absent"))
    #expect(own.difference(from: shorter, onlyShared: true) == nil)
  }
}
