import ArgumentParser
import Checkpoints
import CommandLineSupport
import Evaluation
import Execution
import Files
import Foundation
import Graphs
import OpenBLASBackend

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Checks every claim of a finished run anew, on another library than the search's.",
    discussion: """
      Recomputes checksums, distances, classes and counts from the run's files. Ends with 65 and one \
      sentence at the first thing that is not true.
      """)

  @Argument(help: "The run's folder.")
  var folder: String

  @Option(help: "The checkpoint; by default where the run found it.")
  var model: String?

  @OptionGroup var network: NetworkOptions

  @Option(help: "The folder or HDF5 file of the images; by default where the run found them.")
  var data: String?

  func run() throws {
    let recorded = try RecordedRun(folder)
    let sources = RunSources.read(from: folder)
    guard let path = model ?? sources?.model else {
      throw EvaluationError(
        kind: .usage, place: "--model",
        problem: "the run does not say where \(recorded.settings.model) is; name it")
    }
    let checkpoint = try ModelReader.read(
      path, architecture: self.network.arch ?? sources?.architecture,
      weights: self.network.weights ?? sources?.weights)
    var options = try DataOptions.parse([])
    options.data = data ?? sources?.data
    options.dataset = sources?.dataset ?? checkpoint.dataset ?? recorded.settings.dataset
    let dataset = try options.dataset(for: checkpoint)
    let network = try OpenBLASBackend().compile(checkpoint.model, for: .exact)
    let findings = try Verification(
      of: recorded, on: dataset, with: network, modelSHA256: checkpoint.sha256
    ).check()
    try StandardOutput.writeLine(text(findings, recorded.settings))
  }

  private func text(_ findings: VerificationFindings, _ settings: RunSettings) -> String {
    var lines = [
      "verified with \(OpenBLASBackend().description): model, data, counts, "
        + "\(findings.images) clean and \(findings.adversarial) adversarial images"
    ]
    if let radii = settings.radii {
      let counts = radii.map { "\(findings.adversarialWithin[$0.eps] ?? 0) within \($0.eps)" }
      lines.append(
        "adversarial images, each at the radius it was found within: "
          + counts.joined(separator: ", "))
    }
    if let index = findings.worstIndex {
      lines.append(
        "nearest to its border: \(abs(findings.worstSlack)) "
          + (findings.worstSlack < 0 ? "outside " : "inside ")
          + (settings.radii == nil ? "the radius \(settings.eps) " : "its own radius ")
          + "(image \(index); rounding may leave it \(findings.tolerance) outside)")
      lines.append(
        "rounded to 8 bits: \(findings.survivingRounding) of \(findings.adversarial) stay "
          + "adversarial within the radius, \(findings.misclassifiedAfterRounding) misclassified")
    }
    if !findings.insideSmallerRadius.isEmpty {
      lines.append(
        "inside a smaller radius too, where the run counts them as robust: "
          + findings.insideSmallerRadius.map { "\($0)" }.joined(separator: ", "))
    }
    if !findings.undecided.isEmpty {
      lines.append(
        "left to rounding, because their margin is tiny: "
          + findings.undecided.map { "\($0)" }.joined(separator: ", "))
    }
    return lines.joined(separator: "\n")
  }
}
