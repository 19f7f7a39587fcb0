import Datasets
import Files
import Foundation
import Testing

@Suite struct DatasetCatalogTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: ["", "cifar-10-batches-bin/"])
  func knownFoldersAreSearched(prefix: String) throws {
    let path = try folder.write(record(labels: [4], first: 0), to: prefix + "test_batch.bin")
    let set = try DatasetCatalog.load(name: "cifar10", directory: folder.path, environment: [:])
    #expect(set.files == [path])
    #expect(!set.isSample)
  }

  @Test func theEnvironmentNamesTheFolder() throws {
    try folder.write(record(labels: [4], first: 0), to: "test_batch.bin")
    let set = try DatasetCatalog.load(
      name: "cifar10", directory: nil, environment: ["ROBEVAL_DATA": folder.path])
    #expect(set.count == 1)
  }

  @Test func theOptionWinsOverTheEnvironment() throws {
    try folder.write(record(labels: [4], first: 0), to: "test_batch.bin")
    let set = try DatasetCatalog.load(
      name: "cifar10", directory: folder.path, environment: ["ROBEVAL_DATA": "/nowhere"])
    #expect(set.count == 1)
  }

  @Test func anIncompleteSetIsNoted() throws {
    try folder.write(record(labels: [4], first: 0), to: "test_batch.bin")
    let set = try DatasetCatalog.load(name: "cifar10", directory: folder.path, environment: [:])
    #expect(try #require(set.note).contains("1 of the 10000 images of cifar10"))
  }

  @Test func aFolderWithoutTheSetIsRefusedRatherThanReplacedByTheSample() throws {
    try expectRefusal(mentioning: folder.path, "t10k-images-idx3-ubyte", "MNIST/raw", "https") {
      _ = try DatasetCatalog.load(name: "mnist", directory: folder.path, environment: [:])
    }
  }

  @Test func aPlaceThatIsNotThereIsNamed() throws {
    let error = try #require(throws: FileError.self) {
      try DatasetCatalog.load(name: "mnist", directory: "/no/such", environment: [:])
    }
    #expect(error.description.hasPrefix("/no/such: "))
    #expect(error.kind == .missing)
  }

  @Test(arguments: [("cifar100", DatasetSplit.test), ("cifar10", .train), ("birds", .test)])
  func setsWithoutASampleNeedAPlace(name: String, split: DatasetSplit) throws {
    try expectRefusal(mentioning: name, "--data", "ROBEVAL_DATA") {
      _ = try DatasetCatalog.load(name: name, directory: nil, split: split, environment: [:])
    }
  }

  @Test func anUnknownNameListsTheKnownOnes() throws {
    try expectRefusal(mentioning: "birds.h5", "cifar10, cifar100, mnist") {
      _ = try DatasetCatalog.load(name: "birds", directory: folder.path, environment: [:])
    }
  }

  static let data = ProcessInfo.processInfo.environment["ROBEVAL_DATA"]

  @Test(.enabled(if: data != nil), arguments: ["cifar10", "mnist"])
  func theSampleIsTheBeginningOfThePublishedSet(name: String) throws {
    let full = try DatasetCatalog.load(name: name, directory: Self.data)
    let sample = try DatasetCatalog.load(name: name, directory: nil, environment: [:])
    #expect(full.count == 10_000)
    #expect(full.note == nil)
    for position in 0..<sample.count {
      let index = sample.index(at: position)
      #expect(full.label(at: index) == sample.label(at: position))
      #expect(full.image(at: index) == sample.image(at: position))
    }
  }
}
