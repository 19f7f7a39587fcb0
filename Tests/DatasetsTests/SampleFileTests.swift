import Foundation
import Testing

@testable import Datasets

struct SampleFileTests {
  @Test func samplesLieBesideABuiltProgramOrBelowShareOfAnInstalledOne() {
    #expect(
      SampleFile.folders(beside: "/opt/robeval/bin/robeval") == [
        "/opt/robeval/bin/robeval_Datasets.resources/Samples",
        "/opt/robeval/share/robeval/Samples",
      ])
  }

  @Test(arguments: ["cifar10", "mnist"]) func theSamplesOfThisBuildAreFound(name: String) throws {
    let path = try #require(SampleFile.path(of: name))
    #expect(FileManager.default.fileExists(atPath: path))
  }

  @Test func aSetWithoutSampleHasNone() {
    #expect(SampleFile.path(of: "cifar100") == nil)
  }
}
