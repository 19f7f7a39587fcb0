import Foundation
import Testing

@testable import CommandLineSupport

@Suite("Command lines")
struct CommandLineSupportTests {
  @Test(
    "A quoted line is split by sh into the words it was made of",
    arguments: [
      ["plain", "--eps", "8/255"], ["apgd-ce(steps=50),fab-t", "a b", "it's", "", "$HOME", "~"],
      ["`id`", "\"double\"", "back\\slash", "*", "#x", "a;b&c|d", "(", "über", "tab\there"],
      ["two\nlines", "!", "--out=x y"],
    ])
  func quoting(words: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "printf '%s\\0' " + ShellText.line(words)]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let read = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(read == words.map { $0 + "\0" }.joined())
  }

  @Test("Words that a shell leaves alone stay as they are")
  func plain() {
    #expect(
      ShellText.line(["robeval", "--model", "a/b-c_1.h5", "--eps=8/255"])
        == "robeval --model a/b-c_1.h5 --eps=8/255")
  }

  @Test(
    "The nearest names are found",
    arguments: [
      ("verfy", ["verify"]), ("epsilon", ["eps"]), ("modle", ["model"]), ("exampels", ["examples"]),
      ("MODEL", ["model"]), ("ex", []), ("zzz", []), ("example", ["examples"]),
    ])
  func nearest(name: String, expected: [String]) {
    let names = NearestNames(["verify", "eps", "model", "examples", "offset"])
    #expect(names.near(name) == expected)
  }

  /// By hand: ca → abc takes three changes where no letter is touched twice.
  @Test(
    "Distances count changed, missing and swapped letters",
    arguments: [
      ("verfy", "verify", 1), ("modle", "model", 1), ("kitten", "sitting", 3), ("", "abc", 3),
      ("ca", "abc", 3),
    ])
  func distances(first: String, second: String, expected: Int) {
    #expect(NearestNames.distance(Array(first), Array(second)) == expected)
  }

  @Test("A number with a sign belongs to the option before it")
  func negativeNumbers() {
    #expect(
      CommandWords.normalized(["--eps", "-8/255", "--mean", "-.5,1", "-o", "x"])
        == ["--eps=-8/255", "--mean=-.5,1", "-o", "x"])
    #expect(CommandWords.normalized(["--fail_under=1_0"]) == ["--fail-under=1_0"])
    #expect(CommandWords.normalized(["--", "--a_b"]) == ["--", "--a_b"])
  }

  @Test(
    "The first option given a second time is found, whatever it is called; a switch may be repeated",
    arguments: [
      (["--eps", "1", "--out", "x", "--eps=2"], "--eps"), (["-o", "x", "--out", "y"], "--out"),
      (["--out=x", "-o", "y"], "-o"), (["--force", "--force"], nil),
      (["--probe", "--no-probe"], "--no-probe"), (["--eps", "1", "--", "--eps", "2"], nil),
      (["--eps", "1"], nil), (["--unknown", "--unknown"], nil),
    ])
  func givenTwice(words: [String], option: String?) {
    let help = """
      USAGE: x

      OPTIONS:
        --eps <eps>             A radius.
        -o, --out <out>         Where --eps goes.
        --force                 Replace it.
        --probe/--no-probe      Look first.
      """
    #expect(CommandOptions(in: help).firstGivenTwice(in: words) == option)
  }
}
