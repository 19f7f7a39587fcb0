internal import Pictures

/// The course of loss and accuracies as a picture.
struct LearningCurves {
  private typealias Curve = (
    name: String, column: String, style: String, share: @Sendable (EpochRecord) -> Double?
  )

  private static let curves: [Curve] = [
    ("held out", "held_out", "linetype 1", \.heldOutClean),
    ("held out, PGD-10", "held_out_pgd10", "linetype 2", \.heldOutRobust),
    ("train", "train", "linetype 1 dashtype 2 linewidth 1", \.trainClean),
    ("train, perturbed", "train_perturbed", "linetype 2 dashtype 2 linewidth 1", \.trainRobust),
  ]

  private let history: [EpochRecord]
  private let title: String

  /// Creates a picture of the epochs that ended.
  init(_ history: [EpochRecord], title: String) {
    self.history = history
    self.title = title
  }

  /// Accuracies from 0 to 100 % on the left, the loss on the right.
  var picture: Picture {
    // A single epoch is a point.
    let marks = history.count > 40 ? "lines" : "linespoints pointtype 7 pointsize 0.4"
    var plots = Self.curves.enumerated()
      .filter { curve in history.contains { curve.element.share($0) != nil } }
      .map { place, curve in
        "'curves.csv' every ::1 using 1:(100*$\(place + 3)) with \(marks) \(curve.style) "
          + "title '\(curve.name)'"
      }
    plots.append(
      "'curves.csv' every ::1 using 1:2 axes x1y2 with \(marks) linetype 7 dashtype 3 title 'loss'")
    return Picture(
      name: "curves", data: table,
      commands: """
        \(Picture.title([title]))
        set xlabel 'epoch'
        set ylabel 'accuracy (%)'
        set y2label 'loss'
        set yrange [0:100]
        set y2range [*<0:*]
        set xrange [0.5:\(Double(history.last?.epoch ?? 1) + 0.5)]
        set y2tics
        set border 11
        set datafile missing 'NaN'
        plot \(plots.joined(separator: ", "))
        """)
  }

  private var table: String {
    let head = ["epoch", "loss"] + Self.curves.map(\.column)
    let rows = history.map { record in
      ["\(record.epoch)", "\(record.loss)"]
        + Self.curves.map { curve in curve.share(record).map { "\($0)" } ?? "NaN" }
    }
    return ([head] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
  }
}
