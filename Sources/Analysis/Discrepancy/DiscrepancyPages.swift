internal import Files
internal import Foundation
internal import Pictures

/// What is written of the simulation.
public struct DiscrepancyPages: Sendable {
  private let simulation: DiscrepancySimulation
  private let source: AnalysisSource

  /// Prepares pages.
  ///
  /// - Parameters:
  ///   - simulation: the numbers.
  ///   - version: the program's.
  ///   - command: that repeats it.
  public init(_ simulation: DiscrepancySimulation, version: String, command: String) {
    self.simulation = simulation
    source = AnalysisSource(
      analysis: "discrepancy", version: version, command: command, backend: "none", networks: [],
      dataset: "none", datasetSHA256: "none", images: 0, state: "simulated")
  }

  /// Everything that the folder holds.
  ///
  /// - Returns: texts and pictures.
  /// - Throws: `EncodingError` when a number is not finite.
  public func folder() throws -> AnalysisFolder {
    try AnalysisFolder(
      simulation, of: source, markdown: markdown, tables: ["dirichlet.csv": scales],
      pictures: [picture])
  }

  private var picture: Picture {
    let settings = simulation.settings
    return Picture(
      name: "discrepancy",
      data: csvLine(["softness", "simulated", "expected", "simulated_kl", "expected_kl"])
        + simulation.softness.map {
          csvLine([
            "\($0.softness)", "\($0.simulated)", "\($0.expected)", "\($0.simulatedDivergence)",
            "\($0.expectedDivergence)",
          ])
        }.joined(),
      commands: """
        set title '\(settings.images) images, \(100 * settings.ambiguous) % ambiguous (second class \(settings.gamma), else \(settings.epsilon)), seed \(settings.seed)' noenhanced font ',10'
        set xlabel 'probability s that the model gives the second class'
        set ylabel 'mean discrepancy Σ|p − q|'
        set y2label 'mean KL(p‖q) (nats)'
        set y2tics
        set border 11
        set yrange [0:*]
        set y2range [0:*]
        plot 'discrepancy.csv' every ::1 using 1:3 with lines linetype 1 title 'Σ|p − q|, expected', '' every ::1 using 1:2 with points linetype 1 pointtype 6 title 'simulated', '' every ::1 using 1:5 axes x1y2 with lines linetype 2 title 'KL, expected', '' every ::1 using 1:4 axes x1y2 with points linetype 2 pointtype 4 title 'simulated'
        """)
  }

  private var scales: String {
    csvLine(["scale", "discrepancy", "concentration", "expected_concentration"])
      + simulation.scales.map {
        csvLine([
          $0.scale.map { "\($0)" } ?? "one-hot", "\($0.discrepancy)", "\($0.concentration)",
          "\($0.expectedConcentration)",
        ])
      }.joined()
  }

  private var markdown: String {
    func text(_ number: Double) -> String { String(format: "%.5f", number) }
    let settings = simulation.settings
    let first = simulation.softness.map { row in
      [
        text(row.softness), text(row.simulated), text(row.expected), text(row.simulatedDivergence),
        text(row.expectedDivergence),
      ]
    }
    let second = simulation.scales.map { row in
      [
        row.scale.map { String(format: "%g", $0) } ?? "one-hot", text(row.discrepancy),
        text(row.concentration), text(row.expectedConcentration),
      ]
    }
    return AnalysisMarkdown(source: source).page(
      "Discrepancy of labels", letters: [],
      [
        """
        Of \(settings.images) images of two classes \(String(format: "%.3f", 100 * simulation.ambiguousDrawn)) % are \
        ambiguous, with true probabilities (\(1 - settings.gamma), \(settings.gamma)); the others have (\(1 - settings.epsilon), \
        \(settings.epsilon)). A model gives every image (1 − s, s): one-hot where s = \(settings.epsilon). Expected values \
        are closed forms (Chen & Lee, LTD, 2021, appendix).
        """,
        AnalysisMarkdown.table(
          ["s", "Σ abs(p − q)", "expected", "KL(p, q)", "expected"], texts: 0, first),
        AnalysisMarkdown.picture("discrepancy", "Discrepancy by softness"),
        """
        With \(settings.classes) classes true labels are drawn from a Dirichlet distribution of concentration \
        \(settings.concentration) in all; \(String(format: "%.2f", 100 * simulation.certain)) % of them have a largest \
        probability above 0.995. Soft labels are drawn with c times that concentration, their largest probability for \
        the class that the model predicts, which is wrong on \(100 * settings.misclassified) % of the images.
        """,
        AnalysisMarkdown.table(["c", "Σ abs(p − q)", "Σq²", "expected"], second),
      ])
  }
}
