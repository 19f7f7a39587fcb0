import Files
import Foundation
import Tensors
import Testing

@testable import Datasets

/// Archives that NumPy wrote; see `Fixtures/make_npz.py`.
@Suite struct NumPyArchiveTests {
  private func path(_ name: String) throws -> String {
    try #require(
      Bundle.module.url(forResource: name, withExtension: "npz", subdirectory: "Fixtures")
    ).path
  }

  @Test(arguments: ["generated", "compressed"])
  func generatedImagesReadAsTheyWereSaved(name: String) throws {
    let dataset = try DatasetCatalog.load(name: "cifar10", directory: try path(name))
    #expect(dataset.count == 3)
    #expect((0..<3).map { dataset.label(at: $0) } == [3, 0, 9])
    // Byte [n, row, column, channel] is (7n + 3·row + 5·column + 11·channel) mod 256.
    for (image, channel, row, column) in [(0, 0, 0, 0), (1, 2, 31, 4), (2, 1, 8, 30)] {
      let byte = (7 * image + 3 * row + 5 * column + 11 * channel) % 256
      let pixel = dataset.image(at: image).pixels[(channel * 32 + row) * 32 + column]
      #expect(pixel == Float(byte) / 255)
    }
  }

  @Test func whatDoesNotFitIsRefusedByName() throws {
    let shape = #expect(throws: FileError.self) {
      try DatasetCatalog.load(name: "mnist", directory: try path("generated"))
    }
    #expect(shape?.place == "image")
    let name = #expect(throws: FileError.self) {
      try DatasetCatalog.load(name: "unheard-of", directory: try path("generated"))
    }
    #expect(name?.problem.contains("classes") == true)
  }
}
