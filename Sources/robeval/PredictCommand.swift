import ArgumentParser
import Attacks
import Checkpoints
import CommandLineSupport
import Datasets
import Evaluation
import Execution
import Files
import Foundation
import Graphs
import Tensors

struct PredictCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Writes logits, and if asked gradients and activations, of every image to HDF5.",
    discussion: "For comparing this program with another framework, number by number.")

  @OptionGroup var source: ModelOptions
  @OptionGroup var compute: ComputeOptions

  @OptionGroup var images: DataOptions

  @Option(help: "The HDF5 file to write: logits, and loss and gradient if asked.")
  var out: String

  @OptionGroup var outputFile: OutputFileOptions

  @Option(help: "Which objective's gradient: ce, dlr or dlr-targeted (at the runner-up class).")
  var gradient: GradientName?

  @Option(
    help: """
      Also write the activations of these nodes, separated by commas: penultimate (what enters the \
      last linear layer), or names that `inspect` lists; layer2 is the last node of layer2.
      """)
  var features: String?

  @Flag(help: "Compute as the judge does: direct convolutions, nothing folded.")
  var exact = false

  func run() async throws {
    try outputFile.check(
      out, named: "--out",
      isNoneOf: [
        ("--model", source.model), ("--data", images.data), ("--list", images.list),
      ])
    let checkpoint = try source.checkpoint()
    let dataset = try images.dataset(
      for: checkpoint, labels: gradient == nil ? .ifPresent : .required)
    let positions = try images.positions(in: dataset)
    if exact && gradient != nil {
      throw EvaluationError(
        kind: .usage, place: "--exact", problem: "gives logits only; leave out --gradient")
    }
    let tapped = try tapped(checkpoint)
    let pool = try compute.engine(for: checkpoint.model, images: positions.count).pool
    let answers = try await answers(of: pool, for: dataset, positions)
    try checkFinite(answers, dataset, positions)
    // By lanes of their own, so that asking for them changes no bit of the logits.
    var activations: [Activation] = []
    if let tapped { activations = try await self.activations(of: tapped, for: dataset, positions) }
    try write(answers, activations, of: checkpoint, dataset, positions)
    try StandardOutput.writeLine("\(out): \(counted(positions.count, "image"))")
  }

  /// What one tap gives for all images.
  private struct Activation {
    var name: String
    var values: Tensor
  }

  private func tapped(_ checkpoint: Checkpoint) throws -> TappedModel? {
    guard let features else { return nil }
    let names = features.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw EvaluationError(
        kind: .usage, place: "--features", problem: "names \(twice) twice; name it once")
    }
    do { return try TappedModel(checkpoint.model, at: names) } catch {
      throw EvaluationError(
        kind: .usage, place: "--features", problem: "\(error.place) \(error.problem)")
    }
  }

  private func activations(
    of network: TappedModel, for dataset: Dataset, _ positions: [Int]
  ) async throws -> [Activation] {
    let pool = try compute.engine(for: network.model, images: positions.count).pool
    let rows = try await pool.map(positions) { position, oracle in
      let image = dataset.image(at: position)
      return try await exact ? oracle.exactLogits(at: image) : oracle.logits(at: image)
    }
    return network.taps.map { tap in
      let shape = tap.shape
      let extents =
        shape.area == 1 ? [shape.channels] : [shape.channels, shape.height, shape.width]
      return Activation(
        name: tap.name,
        values: Tensor(shape: [rows.count] + extents, elements: rows.flatMap { $0[tap.places] }))
    }
  }

  private struct Row: Sendable {
    var logits: [Float]
    var value: Float?
    var gradient: Image?
  }

  private func answers(
    of pool: LanePool, for dataset: Dataset, _ positions: [Int]
  ) async throws -> [Row] {
    try await pool.map(positions) { position, oracle in
      try await answer(
        dataset.image(at: position),
        // Without labels no gradient is asked for.
        label: dataset.hasLabels ? dataset.label(at: position) : 0, from: oracle)
    }
  }

  private func answer(_ image: Image, label: Int, from oracle: LaneOracle) async throws -> Row {
    guard let gradient else {
      let logits = try await exact ? oracle.exactLogits(at: image) : oracle.logits(at: image)
      return Row(logits: logits)
    }
    let answer: Answer
    switch gradient {
    case .ce: answer = try await oracle.gradient(of: CrossEntropy(), at: image, label: label)
    case .dlr:
      answer = try await oracle.gradient(
        of: DifferenceOfLogitsRatio(), at: image, label: label)
    case .dlrTargeted:
      var logits = try await oracle.logits(at: image)
      logits[label] = -.infinity
      answer = try await oracle.gradient(
        of: TargetedDifferenceOfLogitsRatio(target: logits.argmax), at: image, label: label)
    }
    return Row(logits: answer.logits, value: answer.value, gradient: answer.gradient)
  }

  private func checkFinite(_ rows: [Row], _ dataset: Dataset, _ positions: [Int]) throws {
    for (row, position) in zip(rows, positions) {
      let isFinite =
        row.logits.allSatisfy(\.isFinite) && row.value?.isFinite != false
        && row.gradient?.pixels.allSatisfy(\.isFinite) != false
      if isFinite { continue }
      throw EvaluationError(
        kind: .data, place: "image \(dataset.index(at: position))",
        problem: "the network's \(gradient == nil ? "logits are" : "logits or gradients are") not "
          + "finite numbers; check the checkpoint's weights")
    }
  }

  private func write(
    _ rows: [Row], _ activations: [Activation], of checkpoint: Checkpoint, _ dataset: Dataset,
    _ positions: [Int]
  ) throws {
    let shape = dataset.shape
    let writer = try HDF5Writer(creating: out)
    try writer.setAttribute("version", to: Version.text)
    try writer.setAttribute("architecture", to: checkpoint.architecture)
    try writer.setAttribute("model_sha256", to: checkpoint.sha256)
    try writer.setAttribute("dataset", to: dataset.name)
    try writer.setAttribute("dataset_sha256", to: dataset.sha256)
    try writer.write(
      Tensor(shape: [rows.count, checkpoint.classes], elements: rows.flatMap(\.logits)),
      to: "logits")
    try writer.write(
      positions.map { Int64(dataset.index(at: $0)) }, shape: [rows.count], to: "index")
    if dataset.hasLabels {
      try writer.write(
        positions.map { Int64(dataset.label(at: $0)) }, shape: [rows.count], to: "label")
    }
    for activation in activations {
      try writer.write(activation.values, to: "features/\(activation.name)")
    }
    if gradient != nil {
      try writer.write(
        Tensor(shape: [rows.count], elements: rows.compactMap(\.value)), to: "loss")
      let row = [shape.channels, shape.height, shape.width]
      var gradients = try writer.startRows("gradient", of: row)
      for image in rows.compactMap(\.gradient) {
        try writer.append(Tensor(shape: [1] + row, elements: image.pixels), to: &gradients)
      }
    }
    try writer.finish()
  }
}

/// Objectives as a command line spells them.
enum GradientName: String, ExpressibleByArgument, CaseIterable {
  case ce
  case dlr
  case dlrTargeted = "dlr-targeted"
}
