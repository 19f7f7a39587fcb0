public import Evaluation
internal import Foundation
internal import Tensors

/// What a verification found, for a terminal.
public struct VerificationText: Sendable {
  private let findings: VerificationFindings
  private let pages: PageCheck
  private let settings: RunSettings
  private let backend: String

  /// Creates the text of a verification that found no contradiction.
  ///
  /// - Parameters:
  ///   - findings: what was computed anew.
  ///   - pages: what was compared.
  ///   - settings: of the run.
  ///   - backend: the library that computed.
  public init(
    _ findings: VerificationFindings, _ pages: PageCheck, _ settings: RunSettings,
    backend: String
  ) {
    self.findings = findings
    self.pages = pages
    self.settings = settings
    self.backend = backend
  }

  /// The lines, without a final newline.
  public var text: String {
    (lines + [pageLine] + unchecked + [trust, Self.meaning]).joined(separator: "\n")
  }

  private var lines: [String] {
    var lines = [
      "verified with \(backend): model, data, attacks, counts, costs, "
        + (findings.isProbed ? "probe, " : "")
        + "\(findings.images) clean and \(findings.adversarial) adversarial images"
    ]
    if settings.radii.count > 1 {
      let counts = settings.radii.map {
        "\(findings.adversarialWithin[$0.text] ?? 0) within \($0.text)"
      }
      lines.append(
        "adversarial images, each at the radius it was found within: "
          + counts.joined(separator: ", "))
    }
    if let index = findings.worstIndex {
      lines.append(
        "farthest adversarial image: \(abs(findings.worstSlack)) "
          + (findings.worstSlack < 0 ? "outside " : "inside ")
          + (settings.radii.count == 1 ? "the radius \(settings.radiusText) " : "its own radius ")
          + "(image \(index); rounding may leave it \(findings.tolerance) outside)")
      lines.append(
        "rounded to 8 bits: \(findings.survivingRounding) of \(findings.adversarial) stay "
          + "adversarial within the radius, \(findings.misclassifiedAfterRounding) misclassified")
    }
    if !findings.insideSmallerRadius.isEmpty {
      lines.append(
        "inside a smaller radius too, where the run counts them as robust: "
          + listed(findings.insideSmallerRadius))
    }
    if !findings.undecided.isEmpty {
      lines.append(
        "left to rounding, because their margin as computed here is tiny: "
          + listed(findings.undecided))
    }
    return lines
  }

  private var pageLine: String {
    pages.compared.isEmpty
      ? "PAGES NOT CHECKED: they are by another version of the program; read only what stands here"
      : "the same byte by byte when made anew: \(pages.compared.joined(separator: ", "))"
  }

  private var unchecked: [String] {
    pages.notCompared.map { "not checked: \($0.name) (\($0.reason))" }
  }

  private var trust: String {
    let command = pages.command.map { _ in ["the command line in report.md"] } ?? []
    return "taken on trust: " + (findings.trusted + command).joined(separator: "; ")
  }

  /// What all of this is worth.
  private static let meaning =
    "this shows that every image counted as fooled is misclassified within the radius, and that "
    + "all figures follow from the ledger; it cannot show that an image said to have survived was "
    + "attacked at all (--reattack N attacks N of them anew)"

  private func listed(_ indices: [Int]) -> String {
    indices.map { "\($0)" }.joined(separator: ", ")
  }
}
