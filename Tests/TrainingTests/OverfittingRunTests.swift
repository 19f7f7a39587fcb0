import Checkpoints
import Datasets
import Files
import Foundation
import Graphs
import OneDNNBackend
import Synchronization
import Tensors
import Testing

@testable import Training

/// Whole runs that lose their robustness at ε 16/255.
///
/// The falls are those of a young, unstable network, which N-FGSM has here too: they show that a
/// fall is noticed, reported and acted on, not that one-step training overfits and N-FGSM does not.
final class OverfittingRunTests {
  private let folder = NSTemporaryDirectory() + "overfitting-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The cats and dogs of the built-in sample.
  private func catsAndDogs() throws -> TrainingSet {
    let sample = try DatasetCatalog.load(name: "cifar10", directory: nil, split: .test)
    let chosen = (0..<sample.count).filter { [3, 5].contains(sample.label(at: $0)) }
    let path = folder + "/images.h5"
    let writer = try HDF5Writer(creating: path)
    try writer.write(
      Tensor(
        shape: [chosen.count, 3, 32, 32],
        elements: chosen.flatMap { sample.image(at: $0).pixels }), to: "x")
    try writer.write(
      chosen.map { sample.label(at: $0) == 3 ? Int64(0) : 1 }, shape: [chosen.count], to: "y")
    try writer.setAttribute("classes", to: 2)
    try writer.finish()
    return try TrainingSet(
      try DatasetCatalog.load(name: "images", directory: path, split: .train), holdingOut: .none)
  }

  /// FGSM from the clean image, or N-FGSM.
  private func recipe(
    _ name: String, epochs: Int, batch: Int, rate: Double
  ) throws -> Recipe {
    var recipe = try PublishedRecipe.named("n-fgsm", classes: 10).recipe
    recipe.name = name
    recipe.epochs = epochs
    recipe.batchSize = batch
    recipe.learningRate = .constant(rate)
    recipe.radius = .constant(16.0 / 255)
    if name == "fgsm" { recipe.crafting?.start = .clean }
    return recipe
  }

  /// Trains and gives what was told besides steps and epochs.
  private func train(
    _ recipe: Recipe, on set: TrainingSet, in directory: TrainingDirectory,
    _ settings: TrainingSettings, watching interval: Int, stops: Bool = false
  ) async throws -> (notices: [String], progress: RunProgress) {
    let network = try #require(Architecture.named("resnet8", classes: set.dataset.classes))
    let learner = try Learner(
      model: InitialWeights.model(of: network, random: RandomStream(seed: settings.seed)),
      recipe: recipe,
      on: Machine(backend: OneDNNBackend(), threads: 1) { OneDNNBackend.useThreads($0) })
    var run = TrainingRun(
      settings, on: set, architecture: network, learner: learner, in: directory, version: "test")
    run.watchInterval = interval
    run.stopsOnOverfitting = stops
    let notices = Mutex<[String]>([])
    let progress = try await run.run(observer: { event in
      if case .notice(let sentence) = event { notices.withLock { $0.append(sentence) } }
    })
    return (notices.withLock { $0 }, progress)
  }

  private func settings(_ recipe: Recipe, _ set: TrainingSet) -> TrainingSettings {
    TrainingSettings(
      recipe: recipe, augmentation: .none, averaging: .none, title: recipe.name,
      architecture: "resnet8", dataset: set.dataset.name, datasetSHA256: set.sha256,
      heldOut: .none, seed: 0, backend: "onednn")
  }

  /// One at a time, because a folder is one owner's.
  private func trainCatsAndDogs(
    in name: String, stops: Bool = false
  ) async throws -> (notices: [String], report: String, checkpoint: String) {
    let set = try catsAndDogs()
    let recipe = try recipe("fgsm", epochs: 4, batch: 16, rate: 0.05)
    let settings = settings(recipe, set)
    let directory = try TrainingDirectory(folder + "/" + name, settings: settings)
    let (notices, progress) = try await train(
      recipe, on: set, in: directory, settings, watching: 10, stops: stops)
    let report = TrainingReport(settings, progress, command: "robtrain").markdown
    return (notices, report, directory.finalPath)
  }

  @Test func aFallIsToldWhereverTheNetworkIs() async throws {
    let (notices, report, path) = try await trainCatsAndDogs(in: "run")
    #expect(notices.count == 1)
    #expect(notices.first?.hasPrefix("catastrophic overfitting in epoch 3, step 6: ") == true)
    #expect(report.contains("**Noticed:** catastrophic overfitting in epoch 3"))
    #expect(try ModelReader.read(path).provenance["overfitting"] == notices.first)
  }

  @Test func aFallEndsTheRunOnDemandAndTheSameCommandWithoutGoesOn() async throws {
    let whole = try await trainCatsAndDogs(in: "whole")
    for _ in 0..<2 {
      let error = await #expect(throws: TrainingError.self) {
        try await self.trainCatsAndDogs(in: "parts", stops: true)
      }
      #expect(error?.exitCode == 65)
      #expect(
        error?.optionText.hasSuffix("leave out --stop-on-overfitting, and the same command goes on")
          == true)
      #expect(!FileManager.default.fileExists(atPath: folder + "/parts/final.h5"))
    }
    let parts = try await trainCatsAndDogs(in: "parts")
    #expect(try FileContents.read(whole.checkpoint) == FileContents.read(parts.checkpoint))
  }
}
