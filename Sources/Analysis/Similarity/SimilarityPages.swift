internal import Files
internal import Pictures

/// What is written of an analysis of boundaries.
public struct SimilarityPages: Sendable {
  private let analysis: SimilarityAnalysis
  private let source: AnalysisSource

  /// Prepares pages.
  ///
  /// - Parameters:
  ///   - analysis: the numbers.
  ///   - source: what they are of; the teacher first, then the students.
  public init(_ analysis: SimilarityAnalysis, of source: AnalysisSource) {
    self.analysis = analysis
    self.source = source
  }

  /// Everything that the folder holds.
  ///
  /// - Returns: texts and pictures.
  /// - Throws: `EncodingError` when a number is not finite.
  public func folder() throws -> AnalysisFolder {
    try AnalysisFolder(
      analysis, of: source, markdown: markdown, tables: ["pairs.csv": pairs], pictures: [picture])
  }

  private var letters: [String] {
    ["teacher"] + analysis.students.indices.map { "S\($0 + 1)" }
  }

  private var picture: Picture {
    let names = letters.dropFirst().enumerated().map { "'\($1)' \($0)" }
    return Picture(
      name: "similarity", data: table,
      commands: """
        \(Picture.title(source.captionLines(letters)))
        set ylabel 'similarity to the teacher'
        set style fill solid 0.8 noborder
        set xzeroaxis linetype -1
        set yrange [*<0:1]
        set xrange [-0.6:\(Double(analysis.students.count) - 0.4)]
        set xtics (\(names.joined(separator: ", ")))
        set errorbars linecolor rgb '#000000' linewidth 1
        plot 'similarity.csv' every ::1 using ($1-0.2):3:4:5:(0.36) with boxerrorbars linetype 1 title 'MagSim', '' every ::1 using ($1+0.2):6:7:8:(0.36) with boxerrorbars linetype 2 title 'AngSim'
        """, size: (640, 380 + 16 * source.networks.count))
  }

  private var table: String {
    let missing = ["NaN", "NaN", "NaN"]
    return csvLine([
      "student", "file", "magsim", "magsim_low", "magsim_high", "angsim", "angsim_low",
      "angsim_high", "images", "pairs", "used",
    ])
      + analysis.students.enumerated().map { place, student in
        csvLine(
          ["\(place)", source.networks[place + 1].file] + (student.magnitude?.fields ?? missing)
            + (student.angle?.fields ?? missing)
            + ["\(student.images)", "\(student.pairs)", "\(student.used)"])
      }.joined()
  }

  private var pairs: String {
    let head = csvLine([
      "student", "index", "class", "target", "teacher_steps", "teacher_predicted",
      "teacher_length", "student_steps", "student_predicted", "student_length", "inner_product",
      "used",
    ])
    let lines = analysis.pairs.enumerated().flatMap { student, own in
      own.map { pair in
        csvLine([
          "\(student)", "\(pair.index)", "\(pair.base)", "\(pair.target)", "\(pair.teacher.steps)",
          "\(pair.teacher.predicted)", "\(pair.teacher.length)", "\(pair.student.steps)",
          "\(pair.student.predicted)", "\(pair.student.length)", "\(pair.product)",
          pair.isUsed ? "1" : "0",
        ])
      }
    }
    return head + lines.joined()
  }

  private var markdown: String {
    let rows = zip(letters.dropFirst(), analysis.students).map { letter, student in
      [
        letter, student.magnitude?.text ?? "no pair", student.angle?.text ?? "no pair",
        "\(student.images)", "\(student.pairs)", "\(student.used)", "\(student.unchanged)",
        "\(student.zero)",
      ]
    }
    let settings = analysis.attack.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return AnalysisMarkdown(source: source).page(
      "Similarity of decision boundaries", letters: letters,
      [
        """
        Both networks are attacked from the same image toward the same wrong class by BSS \
        (\(settings.joined(separator: ", ").asMarkdown)), \(analysis.targets) wrong classes an image. MagSim is the \
        mean of the shorter displacement's length in the longer one's, AngSim the mean cosine between them \
        (Heo et al., AAAI 2019, eq. 10 and 11), over pairs of an image that both classify correctly and a class \
        toward which both attacks changed the prediction. 95 % intervals of \(SimilarityAnalysis.draws) draws of \
        images, with seed \(analysis.seed).
        """,
        AnalysisMarkdown.table(
          [
            "student", "MagSim", "AngSim", "images", "pairs", "used", "class unchanged",
            "zero displacement",
          ], rows),
        AnalysisMarkdown.picture("similarity", "MagSim and AngSim of each student"),
        "`pairs.csv` has every pair.",
      ])
  }
}
