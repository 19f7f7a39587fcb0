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
    var store = try AdversarialStore(path, shape: Self.shape)
    var image = Self.image(0)
    image.pixels[1] = .leastNonzeroMagnitude
    image.pixels[2] = -0.0
    #expect(try store.append(image).record == 0)
    #expect(try store.append(Self.image(1)).record == 1)
    let again = try AdversarialStore(path, shape: Self.shape)
    #expect(try again.image(0).pixels.map(\.bitPattern) == image.pixels.map(\.bitPattern))
    #expect(try again.image(1) == Self.image(1))
  }

  /// An image is stored before its line in the ledger; a kill in between, or in the middle of the
  /// image, leaves bytes that no line knows.
  @Test(arguments: [0, 1, 23, 24, 25, 47, 48])
  func whatTheLedgerDoesNotKnowIsCutOff(extra: Int) throws {
    let scratch = try #require(scratch)
    var store = try AdversarialStore(scratch.path("store"), shape: Self.shape)
    _ = try store.append(Self.image(0))
    let known = try scratch.bytes("store")
    try scratch.write(known + [UInt8](repeating: 0xAB, count: extra), to: "store")
    var resumed = try AdversarialStore(scratch.path("store"), shape: Self.shape)
    try resumed.keep(1)
    #expect(try scratch.bytes("store") == known)
    #expect(try resumed.append(Self.image(1)).record == 1)
    #expect(try resumed.image(0) == Self.image(0))
    #expect(try resumed.image(1) == Self.image(1))
  }

  @Test func whatIsNotThereHasNoChecksum() throws {
    let scratch = try #require(scratch)
    try scratch.write([UInt8](repeating: 0, count: 47), to: "store")
    let store = try AdversarialStore(scratch.path("store"), shape: Self.shape)
    // As `head -c 24 /dev/zero | sha256sum` says.
    #expect(store.sum(of: 0) == "9d908ecfb6b256de")
    #expect(store.sum(of: 1) == nil)
    #expect(throws: FileError.self) { try store.image(1) }
  }
}
