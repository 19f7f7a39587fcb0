import Analysis
import ArgumentParser
import Checkpoints
import CommandLineSupport
import Datasets
import Evaluation
import Execution
import Files
import Foundation
import Graphs
import Pictures
import Tensors

/// Where an analysis goes.
struct AnalysisOutputOptions: ParsableArguments {
  @Option(help: "The folder to write; below Reports by default, named after the networks.")
  var out: String?

  @Flag(name: .customLong("pdf"), help: "Draw pictures as PDF too.")
  var pdf = false

  /// The folder, which holds nothing but perhaps an analysis.
  func folder(_ analysis: String, _ networks: [AnalysisSource.Network]) throws -> String {
    let names = networks.map { network in
      let stem = network.file.split(separator: ".").first.map(String.init) ?? network.file
      return String(stem.prefix(40)) + "-" + network.sha256.prefix(8)
    }
    let folder = out ?? "Reports/\(([analysis] + names).joined(separator: "-"))"
    guard !folder.isEmpty else {
      throw EvaluationError(kind: .usage, place: "--out", problem: "is empty; name a folder")
    }
    try AnalysisFolder.check(folder)
    return folder
  }

  /// Writes the folder and says so.
  func write(_ pages: AnalysisFolder, to folder: String) throws {
    let gnuplot = Gnuplot()
    try pages.write(to: folder, drawing: gnuplot, pdf: pdf)
    if gnuplot == nil { StandardError.write(Gnuplot.absence + "\n") }
    try StandardOutput.writeLine("\(folder)/analysis.md")
  }
}

/// Checkpoints that an analysis compares.
struct ComparedNetworks {
  let checkpoints: [Checkpoint]
  let sources: [AnalysisSource.Network]

  /// Reads them; all must take the same images and know the same number of classes.
  init(_ paths: [String], _ options: NetworkOptions) throws {
    checkpoints = try paths.map { try options.read($0) }
    sources = zip(paths, checkpoints).map { path, checkpoint in
      AnalysisSource.Network(
        file: path.fileName, architecture: checkpoint.architecture, sha256: checkpoint.sha256)
    }
    let first = checkpoints[0]
    for (path, other) in zip(paths, checkpoints).dropFirst() {
      guard other.classes == first.classes else {
        throw EvaluationError(
          kind: .data, place: path,
          problem: "knows \(other.classes) classes and \(paths[0]) knows \(first.classes); "
            + "compare networks of one data set")
      }
      guard other.model.graph.input == first.model.graph.input else {
        throw EvaluationError(
          kind: .data, place: path,
          problem: "takes images of \(other.model.graph.input) and \(paths[0]) takes "
            + "\(first.model.graph.input); compare networks of one data set")
      }
      guard other.dataset == nil || first.dataset == nil || other.dataset == first.dataset else {
        throw EvaluationError(
          kind: .data, place: path,
          problem: "is for \(other.dataset ?? "") and \(paths[0]) for \(first.dataset ?? ""); "
            + "compare networks of one data set")
      }
    }
  }

  /// What an analysis of these networks says of itself.
  func source(
    _ analysis: String, on dataset: Dataset, images: Int, state: String, backend: String
  ) -> AnalysisSource {
    AnalysisSource(
      analysis: analysis, version: Version.text,
      command: ShellText.repeating("robeval"), backend: backend,
      networks: sources, dataset: dataset.name, datasetSHA256: dataset.sha256, images: images,
      state: state)
  }

  /// Lanes for each network.
  func engines(_ compute: ComputeOptions, images: Int) throws -> [SearchEngine] {
    try checkpoints.map { try compute.engine(for: $0.model, images: images) }
  }

  /// The logits of images, by network.
  func logits(
    of images: [Image], _ compute: ComputeOptions
  ) async throws -> (logits: [[[Float]]], backend: String) {
    var (all, backend) = ([[[Float]]](), "")
    for (checkpoint, source) in zip(checkpoints, sources) {
      let engine = try compute.engine(for: checkpoint.model, images: images.count)
      all.append(try await engine.outputs(at: images, named: "logits", of: source.file))
      backend = engine.backend
    }
    return (all, backend)
  }
}

extension SearchEngine {
  /// What a network gives at images, which must be finite numbers.
  ///
  /// - Parameters:
  ///   - images: any number.
  ///   - what: it gives, for an error.
  ///   - file: the network's, for an error.
  /// - Returns: a row an image.
  /// - Throws: ``EvaluationError`` when a number is not finite; what the lanes throw.
  func outputs(at images: [Image], named what: String, of file: String) async throws -> [[Float]] {
    let rows = try await pool.map(images) { try await $1.logits(at: $0) }
    guard rows.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw EvaluationError(
        kind: .data, place: file,
        problem: "the network's \(what) are not finite numbers; check the checkpoint's weights")
    }
    return rows
  }
}
