import Files
import Foundation
import Testing

@testable import Training

/// Files of a run that are there but cannot be looked at: they are not taken for absent ones.
struct UnreadableFilesTests {
  /// A link that leads to itself stands for what may not be looked into; root may not follow it
  /// either.
  @Test func aStateThatCannotBeLookedForIsNotAFreshRun() throws {
    let run = try TinyRun(PublishedRecipe.natural.recipe)
    let directory = try TrainingDirectory(run.folder + "/run", settings: try run.settings())
    #expect(try directory.state() == nil)
    let path = directory.statePath
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
    let error = #expect(throws: FileError.self) { try directory.state() }
    #expect(error?.description.contains("last.h5: cannot be looked for") == true)
  }
}
