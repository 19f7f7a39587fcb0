import Checkpoints
import Files
import Foundation
import Graphs
import Tensors
import Testing

@testable import Training

@Suite struct TrainingRunTests {
  /// Recipes that carry different things from step to step.
  enum Kind: String, CaseIterable {
    /// Momentum.
    case natural
    /// Momentum, weight perturbation and an average over steps.
    case tradesAveraged
    /// Class means in double precision and an average over epochs.
    case ikl
    /// Running statistics that crafting moves.
    case adversarial
    /// A teacher.
    case lowTemperature
    /// Perturbations, while batches are repeated.
    case free
    /// Layers behind the student's taps, and variances.
    case information
    /// Layers behind the teacher's taps, and memory banks.
    case contrast
    /// A preparation that trains layers behind the teacher's taps.
    case factors
    /// A preparation that trains a part of the student.
    case boundaries
    /// Four rotations of every image, and a head behind the teacher's.
    case rotations
    /// Branches behind both networks' stages.
    case branches
  }

  private func run(_ kind: Kind) throws -> TinyRun {
    var published =
      switch kind {
      case .natural: PublishedRecipe.natural
      case .tradesAveraged: PublishedRecipe.tradesWithWeightPerturbation
      case .ikl: PublishedRecipe.ikl(classes: 100)
      case .adversarial: PublishedRecipe.adversarial
      case .lowTemperature: PublishedRecipe.lowTemperature
      case .free: PublishedRecipe.free
      case .information: try PublishedRecipe.named("vid", classes: 10)
      case .contrast: try PublishedRecipe.named("crd", classes: 10)
      case .factors: try PublishedRecipe.named("ft", classes: 10)
      case .boundaries: try PublishedRecipe.named("ab", classes: 10)
      case .rotations: try PublishedRecipe.named("sskd", classes: 10)
      case .branches: try PublishedRecipe.named("hsakd", classes: 10)
      }
    published.recipe.replays = kind == .free ? 3 : nil
    if kind != .free && published.recipe.crafting != nil { published.recipe.crafting?.steps = 2 }
    let run = try TinyRun(published.recipe, needsTeacher: published.recipe.needsTeacher)
    run.averaging =
      kind == .tradesAveraged ? .steps(decay: 0.995, warmUp: 0.5) : published.averaging
    return run
  }

  @Test(arguments: Kind.allCases, [1, 6])
  func aRunThatIsStoppedGoesOnToTheSameBits(kind: Kind, steps: Int) async throws {
    let run = try run(kind)
    let whole = try await run.train(in: "whole")
    let error = await #expect(throws: TrainingError.self) {
      try await run.train(in: "parts", stoppingAfter: steps)
    }
    #expect(error?.kind == .interrupted)
    let parts = try await run.train(in: "parts")
    #expect(try run.bytes(whole.finalPath) == run.bytes(parts.finalPath))
    #expect(try run.bytes(whole.bestPath) == run.bytes(parts.bestPath))
  }

  @Test func aRunThatIsKilledGoesOnFromItsLastEpoch() async throws {
    let run = try run(.ikl)
    let folder = run.folder
    let whole = try await run.train(in: "whole") { event in
      // What a kill in the middle of the second epoch would leave behind.
      guard case .step(let progress, _, _) = event, progress.epoch == 2, progress.step == 2 else {
        return
      }
      try? FileManager.default.copyItem(atPath: folder + "/whole", toPath: folder + "/killed")
      // The process that is named there lives on in this test.
      try? FileManager.default.removeItem(atPath: folder + "/killed/owner")
    }
    let killed = try await run.train(in: "killed")
    #expect(try run.bytes(whole.finalPath) == run.bytes(killed.finalPath))
  }

  /// From the first of three replays, from the second, and from the short batch at an epoch's end.
  @Test(arguments: [3, 4, 11]) func perturbationsAreCarriedAcrossAnInterruption(
    steps: Int
  ) async throws {
    let run = try run(.free)
    let whole = try await run.train(in: "whole")
    _ = await #expect(throws: TrainingError.self) {
      try await run.train(in: "parts", stoppingAfter: steps)
    }
    let state = try RunState(reading: run.folder + "/parts/last.h5")
    let carried = try #require(state.training.perturbation).tensor
    #expect(carried.shape == [12, 3, 8, 8])
    #expect(carried.elements.contains { $0 != 0 })
    #expect(carried.elements.allSatisfy { abs($0) <= Float(8.0 / 255) })
    let parts = try await run.train(in: "parts")
    #expect(try run.bytes(whole.finalPath) == run.bytes(parts.finalPath))
    #expect(try run.bytes(whole.statePath).count == run.bytes(parts.statePath).count)
  }

  @Test func theSameSeedGivesTheSameBits() async throws {
    let run = try run(.tradesAveraged)
    let one = try await run.train(in: "one")
    let two = try await run.train(in: "two")
    #expect(try run.bytes(one.finalPath) == run.bytes(two.finalPath))
    run.seed = 8
    let other = try await run.train(in: "other")
    #expect(try run.bytes(one.finalPath) != run.bytes(other.finalPath))
  }

  @Test func anotherRunIsRefusedWithWhatDiffers() async throws {
    let run = try run(.natural)
    _ = try await run.train(in: "a")
    run.seed = 9
    let error = await #expect(throws: FileError.self) { try await run.train(in: "a") }
    #expect(error?.problem.contains("seed is 7 there and 9 here") == true)
    #expect(error?.exitCode == 65)
  }

  @Test func oneProcessAtATimeOwnsAFolder() async throws {
    let run = try run(.natural)
    let directory = try TrainingDirectory(run.folder + "/a", settings: try run.settings())
    let error = #expect(throws: FileError.self) {
      try TrainingDirectory(run.folder + "/a", settings: try run.settings())
    }
    #expect(error?.problem.contains("another process") == true)
    withExtendedLifetime(directory) {}
  }

  @Test func theCheckpointReadsBackAndSaysWhatMadeIt() async throws {
    let run = try run(.natural)
    let directory = try await run.train(in: "a")
    let checkpoint = try ModelReader.read(
      directory.finalPath, architecture: nil, normalization: nil, dataset: nil)
    #expect(checkpoint.architecture == "resnet8")
    #expect(checkpoint.classes == 3)
    #expect(checkpoint.provenance["recipe"] == "tiny")
    #expect(try checkpoint.provenance["settings"] == run.settings().json)
    #expect(checkpoint.provenance["epoch"] == "3 of 3")
    let state = try #require(try directory.state())
    #expect(
      state.training.parameters["conv1.weight"] == checkpoint.model.parameters["conv1.weight"])
    #expect(state.progress.history.count == 3)
  }

  @Test func halfPrecisionChangesTheCheckpointAlone() async throws {
    let run = try run(.ikl)
    let single = try await run.train(in: "single")
    run.storage = .half
    let half = try await run.train(in: "half")
    let state = try RunState(reading: half.statePath)
    #expect(
      try RunState(reading: single.statePath).training.parameters == state.training.parameters)
    for (one, other) in [
      (single.finalPath, half.finalPath), (single.bestPath, half.bestPath),
    ] {
      let exact = try ModelReader.read(one).model.parameters
      let checkpoint = try ModelReader.read(other)
      #expect(checkpoint.provenance["stored as"]?.hasPrefix("float16") == true)
      for (name, tensor) in checkpoint.model.parameters {
        let expected = (exact[name]?.elements ?? []).map { number in
          tensor.shape.count > 1 ? Float(Float16(number)) : number
        }
        #expect(tensor.elements == expected, "\(name)")
      }
    }
    #expect(try run.bytes(half.finalPath).count * 10 < run.bytes(single.finalPath).count * 7)
  }

  @Test func trainingLearnsWhatIsThere() async throws {
    let run = try run(.natural)
    let directory = try await run.train(in: "a")
    let history = try #require(try directory.state()).progress.history
    #expect(try #require(history.last).loss < 0.8 * history[0].loss)
  }

  @Test func aDamagedStateIsRefused() async throws {
    let run = try run(.natural)
    let directory = try await run.train(in: "a")
    let bytes = try run.bytes(directory.statePath)
    try AtomicFile.write(Array(bytes.prefix(bytes.count / 2)), to: directory.statePath)
    let error = #expect(throws: FileError.self) { try directory.state() }
    #expect(error?.exitCode == 65)
  }

  @Test func aStateComesBackAsItWas() throws {
    let run = try run(.natural)
    var means = ClassMeans(classes: 2)
    means.sums = [1.0 / 3, 0.1, 1e-300, 7]
    var state = RunState(
      training: TrainingState(
        parameters: ["a.weight": Tensor(shape: [2], elements: [1, 2])],
        momentum: ["a.weight": Tensor(shape: [2], elements: [3, 4])], classMeans: means, step: 5))
    state.progress.sums.loss = 0.1 + 0.2
    state.progress.epoch = 2
    try state.write(to: run.folder + "/state.h5")
    let read = try RunState(reading: run.folder + "/state.h5")
    #expect(read.progress == state.progress)
    #expect(read.training.classMeans == means)
    #expect(read.training.step == 5)
    #expect(read.training.parameters == state.training.parameters)
    #expect(read.training.momentum == state.training.momentum)
  }
}
