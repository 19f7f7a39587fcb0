import Datasets
import Tensors
import Testing

@Suite struct SampleTests {
  func sample(_ name: String) throws -> Dataset {
    try DatasetCatalog.load(name: name, directory: nil, environment: [:])
  }

  @Test(arguments: [
    ("cifar10", [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]), ("mnist", [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]),
  ])
  func theFirstLabelsAreThePublishedOnes(name: String, labels: [Int]) throws {
    let set = try sample(name)
    #expect(set.count == 500)
    #expect((0..<10).map(set.label(at:)) == labels)
    #expect((0..<500).map(set.index(at:)) == Array(0..<500))
  }

  @Test func theFirstPixelsOfCIFAR10AreThePublishedOnes() throws {
    let image = try sample("cifar10").image(at: 0)
    #expect([0, 1024, 2048].map { image.pixels[$0] } == [158, 112, 49].map { Float($0) / 255 })
    #expect([1023, 2047, 3071].map { image.pixels[$0] } == [21, 67, 110].map { Float($0) / 255 })
  }

  @Test func theTopOfTheFirstSevenOfMNISTIsThePublishedOne() throws {
    let image = try sample("mnist").image(at: 0)
    let stroke = (0..<6).map { image.pixels[7 * 28 + 6 + $0] }
    #expect(stroke == [84, 185, 159, 151, 60, 36].map { Float($0) / 255 })
  }

  @Test(arguments: [
    ("cifar10", "57743a2ffcd3d7ed36f7b2155e536b325f3b00bfa93cca83461ab676012dcb71"),
    ("mnist", "81416a2702f6fdfefdf02ab3c2d3b79eac5a519ad0e4594ad242316406050459"),
  ])
  func theChecksumIsThatOfThePythonScript(name: String, checksum: String) throws {
    // Printed by Fixtures/make_fixtures.py.
    #expect(try sample(name).sha256 == checksum)
  }

  @Test func aSampleSaysSo() throws {
    let set = try sample("mnist")
    #expect(set.isSample)
    #expect(try #require(set.note).contains("500 of the 10000 images of mnist"))
  }
}
