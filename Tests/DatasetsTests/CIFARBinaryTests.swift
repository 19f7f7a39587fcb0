import Datasets
import Tensors
import Testing

/// A record whose pixel byte `i` is `(first + i) % 256`.
func record(labels: [UInt8], first: Int) -> [UInt8] {
  labels + (0..<3072).map { UInt8((first + $0) % 256) }
}

@Suite struct CIFARBinaryTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func load(_ name: String, _ split: DatasetSplit = .test) throws -> Dataset {
    try DatasetCatalog.load(
      name: name, directory: folder.path, split: split, environment: [:])
  }

  @Test func recordsBecomeLabelsAndPixels() throws {
    try folder.write(
      record(labels: [3], first: 0) + record(labels: [9], first: 100), to: "test_batch.bin")
    let set = try load("cifar10")
    #expect(set.count == 2)
    #expect(set.shape.description == "3×32×32")
    #expect((0..<2).map(set.label(at:)) == [3, 9])
    #expect((0..<2).map(set.index(at:)) == [0, 1])
    #expect(set.classNames[3] == "cat")
    let pixels = record(labels: [], first: 100).map { Float($0) / 255 }
    #expect(set.image(at: 1).pixels == pixels)
  }

  @Test func theFineLabelOfCIFAR100Counts() throws {
    try folder.write(record(labels: [19, 99], first: 7), to: "cifar-100-binary/test.bin")
    let set = try load("cifar100")
    #expect(set.classes == 100)
    #expect(set.classNames.count == 100)
    #expect(set.label(at: 0) == 99)
    #expect(set.classNames[99] == "worm")
    #expect(set.image(at: 0).pixels[0] == Float(7) / 255)
  }

  @Test func trainingBatchesFollowOneAnother() throws {
    for batch in 1...5 {
      try folder.write(
        record(labels: [UInt8(batch)], first: batch),
        to: "cifar-10-batches-bin/data_batch_\(batch).bin")
    }
    let set = try load("cifar10", .train)
    #expect((0..<5).map(set.label(at:)) == [1, 2, 3, 4, 5])
    #expect((0..<5).map(set.index(at:)) == [0, 1, 2, 3, 4])
    #expect(set.image(at: 4).pixels[0] == Float(5) / 255)
  }

  @Test func aMissingTrainingBatchIsNamed() throws {
    try folder.write(record(labels: [1], first: 0), to: "data_batch_1.bin")
    try expectRefusal(mentioning: "data_batch_5.bin", "cifar-10-batches-bin") {
      _ = try load("cifar10", .train)
    }
  }

  @Test(arguments: [0, 1, 3072, 3074])
  func aFileOfBrokenRecordsIsRefused(count: Int) throws {
    try folder.write([UInt8](repeating: 0, count: count), to: "test_batch.bin")
    try expectRefusal(mentioning: "test_batch.bin", "\(count) bytes", "3073") {
      _ = try load("cifar10")
    }
  }

  @Test func aLabelOutOfRangeIsRefused() throws {
    try folder.write(
      record(labels: [9], first: 0) + record(labels: [10], first: 0), to: "test_batch.bin")
    try expectRefusal(mentioning: "test_batch.bin", "record 1", "10", "0…9") {
      _ = try load("cifar10")
    }
  }
}
