import Datasets
import Files
import Tensors
import Testing

@Suite struct IDXFileTests {
  let folder: TemporaryFolder
  let images = "MNIST/raw/t10k-images-idx3-ubyte"
  let labels = "MNIST/raw/t10k-labels-idx1-ubyte"

  init() throws { folder = try TemporaryFolder() }

  /// Two images; pixel `i` of image `n` is `(31 n + i) % 256`.
  static let imageBytes: [UInt8] =
    [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28]
    + (0..<2).flatMap { image in (0..<784).map { UInt8((31 * image + $0) % 256) } }
  static let labelBytes: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 7, 2]

  func load() throws -> Dataset {
    try DatasetCatalog.load(name: "mnist", directory: folder.path, environment: [:])
  }

  @Test func imagesAndLabelsAreJoined() throws {
    try folder.write(Self.imageBytes, to: images)
    try folder.write(Self.labelBytes, to: labels)
    let set = try load()
    #expect(set.shape.description == "1×28×28")
    #expect((0..<set.count).map(set.label(at:)) == [7, 2])
    #expect(set.image(at: 1).pixels == Self.imageBytes.suffix(784).map { Float($0) / 255 })
  }

  @Test func gzippedTwinsAreTheSameSet() throws {
    let paths = [
      try folder.write(Self.imageBytes, to: images), try folder.write(Self.labelBytes, to: labels),
    ]
    let plain = try load()
    for path in paths { try folder.compress(path) }
    let compressed = try load()
    #expect(compressed.files == paths.map { $0 + ".gz" })
    #expect(compressed.sha256 == plain.sha256)
    #expect(compressed.image(at: 1) == plain.image(at: 1))
  }

  @Test(
    arguments: [
      ([0, 0, 8, 1, 0, 0, 0, 0], "magic number", "0 0 8 1"),
      ([0, 0, 13, 3], "magic number", "0 0 13 3"),
      ([0, 0], "ends early", "2"),
      ([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28, 5], "1 bytes", "1×28×28"),
      (
        [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], "0 bytes",
        "4294967295×4294967295×4294967295"
      ),
      ([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 5], "1×1", "28×28"),
    ] as [([UInt8], String, String)])
  func malformedImagesAreRefused(bytes: [UInt8], problem: String, detail: String) throws {
    try folder.write(bytes, to: images)
    try folder.write(Self.labelBytes, to: labels)
    try expectRefusal(mentioning: images, problem, detail) { _ = try load() }
  }

  @Test(
    arguments: [
      ([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1], "3 labels", "2 images"),
      ([0, 0, 8, 1, 0, 0, 0, 2, 7, 10], "record 1", "0…9"),
      ([0, 0, 8, 1, 0, 0, 0, 2, 7], "1 bytes", "expected 2"),
    ] as [([UInt8], String, String)])
  func malformedLabelsAreRefused(bytes: [UInt8], problem: String, detail: String) throws {
    try folder.write(Self.imageBytes, to: images)
    try folder.write(bytes, to: labels)
    try expectRefusal(mentioning: labels, problem, detail) { _ = try load() }
  }

  @Test func aDamagedGzipFileIsRefused() throws {
    try folder.write(Self.labelBytes, to: labels)
    let path = try folder.write(Self.imageBytes, to: images)
    try folder.compress(path)
    let whole = try FileContents.read(path + ".gz")
    try folder.write(Array(whole.prefix(whole.count / 2)), to: images + ".gz")
    try expectRefusal(mentioning: images + ".gz", "damaged") { _ = try load() }
  }
}
