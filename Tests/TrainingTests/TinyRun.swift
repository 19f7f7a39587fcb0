import Datasets
import Files
import Foundation
import Graphs
import OneDNNBackend
import Synchronization
import Tensors
import Testing

@testable import Training

/// A training run of seconds: a small network on random images of 8×8 pixels.
final class TinyRun {
  let folder: String
  let recipe: Recipe
  var augmentation = Augmentation.cropAndFlip
  var cutMix: CutMix?
  var averaging = WeightAveraging.none
  var cachesTeacher = false
  var storage = FloatStorage.single
  var seed: UInt64 = 7
  private let teacher: Model?

  init(_ recipe: Recipe, needsTeacher: Bool = false) throws {
    var recipe = recipe.lasting(3)
    recipe.batchSize = 12
    self.recipe = recipe
    folder = NSTemporaryDirectory() + "tiny-run-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    teacher =
      needsTeacher ? InitialWeights.model(of: try Self.network(), random: .init(seed: 1)) : nil
    try Self.writeImages(to: folder + "/images.h5")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  static func network() throws -> Architecture {
    try #require(
      Architecture.named(
        "resnet8", classes: 3, input: FeatureShape(channels: 3, height: 8, width: 8)))
  }

  /// 46 images of three classes, told apart by their brightest channel.
  private static func writeImages(to path: String) throws {
    var random = RandomStream(seed: 3)
    var pixels: [UInt8] = []
    let labels = (0..<46).map { Int64($0 % 3) }
    for label in labels {
      for channel in 0..<3 {
        let base = channel == Int(label) ? 120 : 40
        for _ in 0..<64 { pixels.append(UInt8(base + random.below(100))) }
      }
    }
    let writer = try HDF5Writer(creating: path)
    try writer.write(pixels, shape: [46, 3, 8, 8], to: "x")
    try writer.write(labels, shape: [46], to: "y")
    try writer.setAttribute("classes", to: 3)
    try writer.finish()
  }

  func images() throws -> TrainingSet {
    let dataset = try DatasetCatalog.load(
      name: "images", directory: folder + "/images.h5", split: .train)
    return try TrainingSet(dataset, holdingOut: .last(6))
  }

  func settings() throws -> TrainingSettings {
    var settings = TrainingSettings(
      recipe: recipe, augmentation: augmentation, averaging: averaging, title: "tiny",
      architecture: "resnet8", dataset: "images", datasetSHA256: try images().sha256,
      heldOut: .last(6), seed: seed, backend: "onednn")
    settings.cutMix = cutMix
    settings.teacherSHA256 = teacher == nil ? nil : "of the drawn teacher"
    return settings
  }

  /// Trains in a folder, from the start or from where it was left.
  func train(
    in name: String, stoppingAfter steps: Int = .max,
    observer: @escaping @Sendable (TrainingRun.Event) -> Void = { _ in }
  ) async throws -> TrainingDirectory {
    let directory = try TrainingDirectory(folder + "/" + name, settings: try settings())
    let architecture = try Self.network()
    let learner = try Learner(
      model: InitialWeights.model(of: architecture, random: RandomStream(seed: seed)),
      recipe: recipe, teacher: teacher, images: TrainingLabels(try images()),
      on: Machine(backend: OneDNNBackend(), threads: 1) { OneDNNBackend.useThreads($0) })
    var run = TrainingRun(
      try settings(), on: try images(), architecture: architecture, learner: learner,
      in: directory, version: "test")
    run.cachesTeacher = cachesTeacher
    run.storage = storage
    let taken = Mutex(0)
    _ = try await run.run(
      shouldStop: { taken.withLock { $0 >= steps } },
      observer: { event in
        if case .step = event { taken.withLock { $0 += 1 } }
        observer(event)
      })
    return directory
  }

  func bytes(_ path: String) throws -> [UInt8] { try FileContents.read(path) }
}
