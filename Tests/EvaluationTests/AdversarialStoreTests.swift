import Files
import Tensors
import Testing

@testable import Evaluation

@Suite struct AdversarialStoreTests {
  private static let shape = FeatureShape(channels: 2, height: 1, width: 3)
  private let scratch = try? Scratch()

  private static func image(_ number: Int) -> Image {
    Image(shape: shape, pixels: (0..<6).map { Float(number) + Float($0) / 7 })
  }

  @Test func imagesComeBackBitForBit() throws {
    let path = try #require(scratch).path("store")
    var store = try AdversarialStore(path, shape: Self.shape, count: 0)
    var image = Self.image(0)
    image.pixels[1] = .leastNonzeroMagnitude
    image.pixels[2] = -0.0
    #expect(try store.append(image) == 0)
    #expect(try store.append(Self.image(1)) == 1)
    let again = try AdversarialStore(path, shape: Self.shape, count: 2)
    #expect(try again.image(0).pixels.map(\.bitPattern) == image.pixels.map(\.bitPattern))
    #expect(try again.image(1) == Self.image(1))
  }

  /// An image is stored before its line in the ledger; a kill in between, or in the middle of the
  /// image, leaves bytes that no line knows.
  @Test(arguments: [0, 1, 23, 24, 25, 47, 48])
  func whatTheLedgerDoesNotKnowIsCutOff(extra: Int) throws {
    let scratch = try #require(scratch)
    var store = try AdversarialStore(scratch.path("store"), shape: Self.shape, count: 0)
    _ = try store.append(Self.image(0))
    let known = try scratch.bytes("store")
    try scratch.write(known + [UInt8](repeating: 0xAB, count: extra), to: "store")
    var resumed = try AdversarialStore(scratch.path("store"), shape: Self.shape, count: 1)
    #expect(try scratch.bytes("store") == known)
    #expect(try resumed.append(Self.image(1)) == 1)
    #expect(try resumed.image(0) == Self.image(0))
    #expect(try resumed.image(1) == Self.image(1))
  }

  @Test func aStoreThatLacksImagesIsRefused() throws {
    let scratch = try #require(scratch)
    try scratch.write([UInt8](repeating: 0, count: 47), to: "store")
    let error = #expect(throws: FileError.self) {
      try AdversarialStore(scratch.path("store"), shape: Self.shape, count: 2)
    }
    #expect(error?.exitCode == 65)
    #expect(error?.description.contains("47 bytes") == true)
    #expect(error?.description.contains("48") == true)
  }
}
