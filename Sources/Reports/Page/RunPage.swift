public import Evaluation
internal import Files
internal import Tensors

/// A run as one page that opens without anything else: `report.html`.
public struct RunPage: Sendable {
  let result: EvaluationResult
  let images: [ImageRow]
  let exhibits: Exhibits
  private let command: String

  /// The file's name in a run's folder.
  public static let name = "report.html"

  /// Creates the page of a run.
  ///
  /// - Parameters:
  ///   - result: of the run.
  ///   - entries: the ledger.
  ///   - command: what repeats the run.
  ///   - exhibits: names of classes and images.
  public init(
    _ result: EvaluationResult, entries: [LedgerEntry], command: String, showing exhibits: Exhibits
  ) {
    self.result = result
    self.command = command
    self.exhibits = exhibits
    images = ImageTable(result, entries: entries).rows
  }

  /// The file.
  public var text: String {
    let sections = [
      heading, verdict, waterfall, curve, margins, classes, confusions, gallery, table, repetition,
    ]
    return HTMLDocument(
      title: "\(settings.model): \(settings.norm.rawValue), ε = \(settings.radiusText)",
      body: HTML(sections.filter { !$0.isEmpty })
    ).text
  }

  var settings: RunSettings { result.settings }

  private var heading: HTML {
    let notes = [settings.datasetNote].compactMap { $0 } + settings.attackNotes
    let lines: [HTML] =
      notes.map { "<p class=\"soft\">\($0)</p>" }
      + [PartialText(result)].compactMap { $0 }.map {
        "<p><strong>\($0.between); \($0.reason).</strong></p>"
      }
    let attacks =
      result.isAttacked
      ? "attacked with "
        + (settings.autoAttackVersion.map { "AutoAttack (\($0) version): " } ?? "")
        + settings.attackTexts.joined(separator: ", ") : "not attacked"
    return """
      <header>
      <h1>\(settings.model): \(settings.norm.rawValue), ε = \(settings.radiusText)</h1>
      <p>\(counted(settings.indices.count, "image")) of \(settings.dataset) \
      (\(MarkdownReport.ranges(settings.indices))), architecture \(settings.architecture), \
      seed \(String(settings.seed)), \(attacks).</p>
      \(HTML(lines))
      </header>
      """
  }

  private var verdict: HTML {
    let verdict = result.verdict
    var cards = [
      card(result.cleanCorrect.percent, "clean accuracy", interval(result.cleanCorrect), "")
    ]
    if result.isAttacked, result.partial == nil {
      cards += result.radii.map {
        card(
          $0.robust.percent, "robust accuracy within \($0.radius.text)", interval($0.robust), "")
      }
    }
    if !result.isAttacked {
      cards.append(card("not attacked", "no accuracy under attack was measured", "", ""))
    }
    let evidence = verdict.evidence.map { (evidence: Verdict.Evidence) -> [HTML] in
      [
        "\(evidence.check)", "\(evidence.status.rawValue)", "\(evidence.finding)",
        "\(HTML.significant(evidence.value))", "\(HTML.significant(evidence.threshold))",
      ]
    }
    if !evidence.isEmpty {
      cards.append(
        card(verdict.status.rawValue, "how far it can be trusted", "", verdict.status.rawValue))
    }
    let table = HTMLTable(
      name: "What the verdict rests on",
      columns: ["check", "says", "finding", .number("value"), .number("threshold")],
      rows: evidence
    ).markup
    return """
      <section aria-label="Results">
      <div class="cards">
      \(HTML(cards))
      </div>
      \(evidence.isEmpty ? "" : table)
      </section>
      """
  }

  private func card(_ figure: String, _ what: String, _ more: String, _ kind: String) -> HTML {
    """
    <div class="card \(kind)"><b>\(figure)</b>\(what)<br><span class="soft">\(more)</span></div>
    """
  }

  private func interval(_ share: Proportion) -> String {
    "\(share.count) of \(share.total); \(share.intervalName) \(share.intervalText)"
  }

  private var repetition: HTML {
    let rows: [(String, String)] =
      [
        ("model", settings.model + (settings.weights.map { ", its weights \($0)" } ?? "")),
        ("SHA-256 of the model", settings.modelSHA256),
        ("SHA-256 of the data", settings.datasetSHA256),
        ("searched with", settings.backend),
        ("rounding", settings.rounding?.joined(separator: "; ") ?? "not recorded"),
      ] + result.versions.sorted { $0.key < $1.key }.map { ("version of \($0.key)", $0.value) }
    return """
      <section>
      <h2>To repeat and to verify it</h2>
      <pre>\(command)</pre>
      <p>Every class, margin and distance is computed anew, on another library, and every page is made \
      again and compared, by</p>
      <pre>robeval verify FOLDER</pre>
      <p>with this page's folder. The result depends on the model, the images, the attacks, the radius and \
      the seed; not on lanes, width or interruptions.</p>
      \(HTMLTable(
        name: "What was evaluated", columns: ["what", "value"],
        rows: rows.map { ["\($0.0)", "<code>\($0.1)</code>"] }
      ).markup)
      </section>
      """
  }
}

extension HTML {
  /// Four significant digits.
  static func significant(_ value: Double) -> String { SignificantDigits.text(value) }
}
