import Files
import Foundation
import Synchronization
import Tensors
import Testing

@testable import Training

@Suite struct TeacherLogitsTests {
  private let key = TeacherLogits.Key(teacher: "t", images: "i", backend: "b")

  private func run(caching: Bool) throws -> TinyRun {
    var recipe = PublishedRecipe.lowTemperature.recipe
    recipe.crafting?.steps = 2
    let run = try TinyRun(recipe, needsTeacher: true)
    run.augmentation = .none
    run.cachesTeacher = caching
    return run
  }

  @Test func aTeacherAskedOnceTeachesTheSameBits() async throws {
    let run = try run(caching: false)
    let asked = try await run.train(in: "asked")
    #expect(!FileManager.default.fileExists(atPath: asked.teacherPath))
    run.cachesTeacher = true
    _ = await #expect(throws: TrainingError.self) {
      try await run.train(in: "kept", stoppingAfter: 5)
    }
    let kept = try await run.train(in: "kept")
    #expect(FileManager.default.fileExists(atPath: kept.teacherPath))
    #expect(try run.bytes(asked.finalPath) == run.bytes(kept.finalPath))
  }

  @Test func whatIsKeptIsBelieved() async throws {
    let run = try run(caching: true)
    let genuine = try await run.train(in: "true")
    let settings = try run.settings()
    let other = TeacherLogits(
      indices: Array(0..<40), logits: (0..<40).map { [Float($0 % 3), 0, 1] })
    _ = await #expect(throws: TrainingError.self) {
      try await run.train(in: "other", stoppingAfter: 1)
    }
    try other.write(
      to: run.folder + "/other/teacher.h5",
      .init(
        teacher: try #require(settings.teacherSHA256), images: settings.datasetSHA256,
        backend: settings.backend))
    let believed = try await run.train(in: "other")
    #expect(try run.bytes(genuine.finalPath) != run.bytes(believed.finalPath))
  }

  @Test func aTornFileIsMadeAgainWithANotice() async throws {
    let run = try run(caching: true)
    let whole = try await run.train(in: "whole")
    _ = await #expect(throws: TrainingError.self) {
      try await run.train(in: "torn", stoppingAfter: 5)
    }
    let path = run.folder + "/torn/teacher.h5"
    let bytes = try run.bytes(path)
    try AtomicFile.write(Array(bytes.prefix(bytes.count / 2)), to: path)
    let notices = Mutex([String]())
    let torn = try await run.train(in: "torn") { event in
      if case .notice(let sentence) = event { notices.withLock { $0.append(sentence) } }
    }
    #expect(notices.withLock { $0.count { $0.contains("the teacher is asked again") } } == 1)
    #expect(try run.bytes(path) == bytes)
    #expect(try run.bytes(whole.finalPath) == run.bytes(torn.finalPath))
  }

  @Test func whatIsWrittenReadsBackAndNothingElseDoes() throws {
    let run = try run(caching: true)
    let path = run.folder + "/teacher.h5"
    let numbers: [Float] = [0.1, -2.5, 1e-30, 7]
    let logits = TeacherLogits(
      indices: [4, 9], logits: [Array(numbers[..<2]), Array(numbers[2...])])
    try logits.write(to: path, key)
    let read = try TeacherLogits(reading: path, key, of: [4, 9])
    #expect(read.logits(of: [9, 4]) == [[Double(numbers[2]), 7], [Double(numbers[0]), -2.5]])
    #expect(read.logits(of: [9, 5]) == nil)
    for other in [
      TeacherLogits.Key(teacher: "u", images: "i", backend: "b"),
      TeacherLogits.Key(teacher: "t", images: "j", backend: "b"),
      TeacherLogits.Key(teacher: "t", images: "i", backend: "c"),
    ] {
      #expect(throws: FileError.self) { try TeacherLogits(reading: path, other, of: [4, 9]) }
    }
    #expect(throws: FileError.self) { try TeacherLogits(reading: path, key, of: [9, 4]) }
    // One bit of the second number.
    var bytes = try run.bytes(path)
    let pattern = withUnsafeBytes(of: numbers[1].bitPattern.littleEndian) { Array($0) }
    let place = try #require(
      bytes.indices.dropLast(3).first { Array(bytes[$0..<$0 + 4]) == pattern })
    bytes[place] ^= 1
    try AtomicFile.write(bytes, to: path)
    let error = #expect(throws: FileError.self) {
      try TeacherLogits(reading: path, key, of: [4, 9])
    }
    #expect(error?.problem == "are damaged")
  }

  @Test func imagesThatChangeAreRefused() throws {
    let run = try run(caching: true)
    try run.settings().checkTeacherIsAskedOnce()
    var settings = try run.settings()
    settings.augmentation = .cropAndFlip
    expectRefusal(settings, mentioning: "augmentation")
    settings = try run.settings()
    settings.cutMix = CutMix(alpha: 1)
    expectRefusal(settings, mentioning: "CutMix")
    settings = try run.settings()
    settings.extraShare = 0.5
    expectRefusal(settings, mentioning: "extra")
    settings = try run.settings()
    settings.recipe.loss = .natural(labelSmoothing: 0)
    expectRefusal(settings, mentioning: "no teacher")
  }

  private func expectRefusal(_ settings: TrainingSettings, mentioning word: String) {
    let error = #expect(throws: TrainingError.self) { try settings.checkTeacherIsAskedOnce() }
    #expect(error?.kind == .usage)
    #expect(error?.problem.contains(word) == true)
  }
}
