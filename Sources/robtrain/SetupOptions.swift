import ArgumentParser
import Checkpoints
import CommandLineSupport
import Datasets
import Execution
import Files
import Foundation
import Graphs
import OneDNNBackend
import OpenBLASBackend
import Tensors
import TorchBackend
import Training

/// Everything about a run but its recipe and its folder.
struct SetupOptions: ParsableArguments {
  @Option(help: "The network, for example resnet8 or wrn-34-10.")
  var arch: String

  @OptionGroup var data: TrainingDataOptions
  @OptionGroup var options: RecipeOptions
  @OptionGroup var course: CourseOptions

  @Option(help: "The teacher's checkpoint, for recipes that need one.")
  var teacher: String?

  @Option(help: "Which set, where the teacher's file holds several sets of weights.")
  var teacherWeights: String?

  @Flag(help: "Asks the teacher about every image once and keeps its answers in the run's folder.")
  var cacheTeacher = false

  @Option(help: "A checkpoint whose weights training begins with; drawn by default.")
  var initial: String?

  @Option(help: "Which set, where that file holds several sets of weights.")
  var initialWeights: String?

  @Option(help: "The seed of all random numbers.")
  var seed: UInt64 = 0

  @Option(help: "The library that computes: onednn, openblas, or torch, an installed PyTorch.")
  var backend: BackendName = .onednn

  @OptionGroup var torch: TorchOptions

  @Option(help: "Threads; one a core by default. Other numbers round otherwise.")
  var threads: Int?

  @Flag(
    help: """
      Under mpirun: batch normalisations see the whole batch, not each process's share of it.
      """)
  var syncBatchnorm = false

  @Option(help: "Progress on standard error: auto, none or json.")
  var progress: ProgressStyle = .auto

  func validate() throws {
    try torch.validate(isTorch: backend == .torch)
    if syncBatchnorm && backend != .onednn {
      throw ValidationError("--sync-batchnorm needs --backend onednn")
    }
  }

  /// A recipe with the changes that were asked for.
  func published(
    _ recipe: String, for set: TrainingSet, temperature: Double? = nil
  ) throws -> (PublishedRecipe, title: String) {
    var published = try PublishedRecipe.named(
      recipe, classes: set.dataset.classes, channels: set.dataset.shape.channels)
    for name in options.with { published = try published.with(name, classes: set.dataset.classes) }
    var changes = options.changes
    if let temperature { changes.temperature = temperature }
    changes.course = course.changes
    changes.course.extraShare = set.extra?.share
    let (changed, title) = try changes.applied(to: published, budget: options.budget)
    return (changed, ([title] + options.with.map { "with \($0)" }).joined(separator: " "))
  }

  /// Reads the networks and prepares a run.
  func prepared(
    _ published: PublishedRecipe, title: String, on set: TrainingSet, checksums: Bool = true,
    among ranks: any Ranks = SingleRank()
  ) throws -> PreparedRun {
    if let threads { try Setting.threads.check(Double(threads)) }
    try published.recipe.check(images: set.positions.count, heldOut: set.heldOut.count)
    let architecture = try architecture(for: set.dataset)
    guard teacher == nil || published.recipe.needsTeacher else {
      throw TrainingError(
        .teacher, problem: "\(published.recipe.name) learns from no network; leave it out")
    }
    guard set.extra == nil || !published.recipe.loss.comparesImages else {
      throw TrainingError(
        .extra,
        problem: "\(published.recipe.name) keeps a memory of the training images, in which others "
          + "have no place; leave it out")
    }
    let teacher = try self.teacher.map { path throws(FileError) in
      try ModelReader.read(path, weights: teacherWeights)
    }
    let initial = try self.initial.map { path throws(FileError) in
      try ModelReader.read(path, architecture: arch, weights: initialWeights)
    }
    try checkInitial(initial, architecture)
    let model =
      initial?.model
      ?? InitialWeights.model(
        of: architecture, random: RandomStream(seed: seed).forked("weights"))
    if syncBatchnorm && ranks.count == 1 {
      throw ValidationError("--sync-batchnorm is for several processes; start them with mpirun")
    }
    let batch = published.recipe.batchSize
    let width =
      torch.devices.kind == .cpu
      ? nil : (batch + Self.acceleratorLanes - 1) / Self.acceleratorLanes
    var machine = Machine(
      backend: syncBatchnorm
        ? OneDNNBackend(statisticsOver: ranks)
        : try backend.make(torch, on: try device(of: ranks), width: width),
      threads: threads ?? RankProcess.threads,
      useThreads: { OneDNNBackend.useThreads($0) })
    if let width {
      machine.lanes = Self.acceleratorLanes
      machine.width = width
    }
    machine.ranks = ranks
    let learner = try Learner(
      model: model, recipe: published.recipe, teacher: teacher?.model,
      images: TrainingLabels(set), random: RandomStream(seed: seed).forked("layers"), on: machine)
    var settings = TrainingSettings(
      recipe: published.recipe, augmentation: published.augmentation,
      averaging: published.averaging, title: title, architecture: architecture.name,
      dataset: set.dataset.name, datasetSHA256: checksums ? set.sha256 : "",
      heldOut: data.heldOut.value, seed: seed, backend: machine.backend.description)
    // Sums over a batch are divided among the threads.
    settings.rounding = [machine.backend.instructionSet, "\(machine.threads) threads"]
    if ranks.count > 1 {
      settings.division = RankDivision(ranks: ranks.count, joinsStatistics: syncBatchnorm)
      try settings.checkDivision(of: set.positions.count)
    }
    settings.teacherSHA256 = published.recipe.needsTeacher ? teacher?.identity : nil
    settings.cutMix = published.cutMix
    settings.initialSHA256 = initial?.identity
    settings.extraSHA256 = checksums ? set.extra?.dataset.sha256 : nil
    settings.extraShare = set.extra?.share
    if cacheTeacher { try settings.checkTeacherIsAskedOnce() }
    return PreparedRun(
      settings: settings, set: set, architecture: architecture, model: model, learner: learner,
      cachesTeacher: cacheTeacher, progress: progress)
  }

  /// The device of this process: processes take one after the other.
  private func device(of ranks: any Ranks) throws -> TorchDevice {
    let all = torch.devices.all
    if all.count > ranks.count {
      throw ValidationError(
        "--device \(torch.devices) is for as many processes; start them with mpirun -n \(all.count)"
      )
    }
    return all[ranks.number % all.count]
  }

  /// Some parts of a batch are prepared while an accelerator computes others.
  private static let acceleratorLanes = 4

  /// A folder below `checkpoints`, named after what is trained.
  func defaultFolder(_ title: String) -> String {
    let words = [title, arch, data.dataset, "seed\(seed)"].joined(separator: "-")
    // Signs between words leave one dash, not several.
    return "checkpoints/" + words.asFileName.split(separator: "-").joined(separator: "-")
  }

  private func architecture(for dataset: Dataset) throws -> Architecture {
    guard
      let architecture = Architecture.named(arch, classes: dataset.classes, input: dataset.shape)
    else {
      let near = Architecture.suggestions(for: arch)
      throw TrainingError(
        .arch,
        problem: "\(arch) is not known; "
          + (near.isEmpty
            ? "see robeval architectures" : "do you mean \(near.joined(separator: " or "))?"))
    }
    return architecture
  }

  private func checkInitial(_ initial: Checkpoint?, _ architecture: Architecture) throws {
    guard let initial, initial.model.graph != architecture.graph else { return }
    throw TrainingError(
      place: self.initial ?? "--initial",
      problem: "holds \(initial.architecture) with \(initial.classes) classes; the run needs "
        + "\(architecture.name) for \(data.dataset)")
  }
}

/// The command line that repeats what is under way.
var repeatingCommand: String {
  ShellText.repeating("robtrain")
}

/// The backends that a command line can name.
enum BackendName: String, ExpressibleByArgument, CaseIterable {
  case onednn
  case openblas
  case torch

  func make(
    _ options: TorchOptions, on device: TorchDevice, width: Int?
  ) throws -> any Backend {
    switch self {
    case .onednn: OneDNNBackend()
    case .openblas: OpenBLASBackend()
    case .torch:
      try TorchBackend(
        device: device, precision: options.precision, fixedBatch: width)
    }
  }
}
