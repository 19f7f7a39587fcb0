import Evaluation
import Files
import Foundation
import Tensors
import Testing

@Suite struct RunDirectoryTests {
  private let scratch = try? Scratch()

  @Test func theSameSettingsOpenAFolderAgain() throws {
    let path = try #require(scratch).path("a/b/run")
    for _ in 0..<3 { _ = try RunDirectory(path, settings: .example()) }
    let known = try JSONDecoder().decode(
      RunSettings.self, from: Data(contentsOf: URL(fileURLWithPath: path + "/run.json")))
    #expect(known == (try RunSettings.example()))
  }

  /// What can differ, and the words that must tell it.
  enum Difference: String, CaseIterable {
    case model, data, norm, eps, seed, backend, attacks, steps, indices

    var words: [String] {
      switch self {
      case .model: ["model", "11", "33"]
      case .data: ["data", "22", "44"]
      case .norm: ["norm", "L2"]
      case .eps: ["eps", "0.0156"]
      case .seed: ["seed is 0 there and 5 here"]
      case .backend: ["backend", "fake 1", "fake 2"]
      case .attacks: ["attacks", "pgd"]
      case .steps: ["attacks", "steps=100", "steps=7"]
      case .indices: ["3 images from index 0 there", "2 images from index 1 here"]
      }
    }

    func apply(to settings: inout RunSettings) {
      switch self {
      case .model: settings.modelSHA256 = "33"
      case .data: settings.datasetSHA256 = "44"
      case .norm: settings.norm = .l2
      case .eps: settings.radii = [Epsilon(recorded: "4/255", 4.0 / 255)]
      case .seed: settings.seed = 5
      case .backend: settings.backend = "fake 2"
      case .attacks: settings.attacks.append(.init(name: "pgd", settings: [:]))
      case .steps: settings.attacks[0].settings["steps"] = "7"
      case .indices: settings.indices = [1, 2]
      }
    }
  }

  @Test(arguments: Difference.allCases)
  func otherSettingsAreRefusedNamingTheDifference(difference: Difference) throws {
    let path = try #require(scratch).path("run")
    var settings = try RunSettings.example()
    _ = try RunDirectory(path, settings: settings)
    difference.apply(to: &settings)
    let error = #expect(throws: FileError.self) {
      try RunDirectory(path, settings: settings)
    }
    #expect(error?.exitCode == 65)
    let text = error?.description ?? ""
    #expect(text.hasPrefix(path) && text.contains("choose another --out"))
    for word in difference.words { #expect(text.contains(word)) }
  }

  /// The file's name, the spelling of the radius and notes change no result.
  @Test func whatChangesNoResultIsNoDifference() throws {
    let path = try #require(scratch).path("run")
    var settings = try RunSettings.example()
    _ = try RunDirectory(path, settings: settings)
    settings.model = "moved.h5"
    settings.radii = [Epsilon(recorded: "8.0/255", 8.0 / 255)]
    settings.notes = ["said otherwise"]
    #expect(try RunDirectory(path, settings: settings).settings == RunSettings.example())
  }

  @Test func aSecondWriterIsRefusedUntilTheFirstIsGone() throws {
    let path = try #require(scratch).path("run")
    do {
      let first = try RunDirectory(path, settings: .example())
      let error = #expect(throws: FileError.self) {
        try RunDirectory(path, settings: .example())
      }
      #expect(error?.exitCode == 74)
      #expect(error?.description.contains("another process") == true)
      withExtendedLifetime(first) {}
    }
    _ = try RunDirectory(path, settings: .example())
  }

  @Test func aFolderThatCannotBeMadeIsNamed() throws {
    let scratch = try #require(scratch)
    try scratch.write([1], to: "file")
    let error = #expect(throws: FileError.self) {
      try RunDirectory(scratch.path("file/run"), settings: .example())
    }
    #expect(error?.exitCode == 74)
    #expect(error?.description.contains("file/run") == true)
  }

  @Test func settingsThatAreNoneAreRefused() throws {
    let scratch = try #require(scratch)
    try scratch.write(Array("{}".utf8), to: "run.json")
    let error = #expect(throws: FileError.self) {
      try RunDirectory(scratch.folder.path, settings: .example())
    }
    #expect(error?.exitCode == 65)
    #expect(error?.description.contains("run.json") == true)
  }

  @Test func theJournalKnowsWhatWasSettledBefore() async throws {
    let path = try #require(scratch).path("run")
    let shape = FeatureShape(channels: 1, height: 1, width: 2)
    let image = Image(shape: shape, pixels: [0.25, 0.75])
    do {
      let journal = try RunDirectory(path, settings: .example()).journal(shape: shape)
      try await journal.settle(.example(0), adversarial: nil)
      try await journal.settle(.example(1), adversarial: nil)
      try await journal.settle(.example(1, "apgd-ce", .fooled), adversarial: image)
    }
    let journal = try RunDirectory(path, settings: .example()).journal(shape: shape)
    let entries = await journal.entries
    #expect(entries.map(\.index) == [0, 1, 1])
    #expect(entries.map(\.record) == [nil, nil, 0])
    #expect(try await journal.image(0) == image)
  }
}
