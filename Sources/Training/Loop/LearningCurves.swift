/// The course of loss and accuracies as a drawing.
public struct LearningCurves: Sendable {
  private let history: [EpochRecord]
  private let width = 720.0
  private let height = 360.0
  private let margin = 48.0

  /// Creates a drawing.
  ///
  /// - Parameter history: the epochs that ended.
  public init(_ history: [EpochRecord]) { self.history = history }

  /// The drawing as SVG: accuracies from 0 to 100 %, the loss in parts of its largest value.
  public var svg: String {
    let largest = history.map(\.loss).max() ?? 1
    let curves: [(name: String, color: String, value: (EpochRecord) -> Double?)] = [
      ("loss / \((largest * 100).rounded() / 100)", "#888888", { $0.loss / largest }),
      ("train", "#9ecae1", \.trainClean), ("train, perturbed", "#fdae6b", \.trainRobust),
      ("held out", "#08519c", \.heldOutClean), ("held out, PGD-10", "#d94801", \.heldOutRobust),
    ]
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" "
        + "font-family=\"sans-serif\" font-size=\"11\">",
      "<rect width=\"\(width)\" height=\"\(height)\" fill=\"white\"/>",
    ]
    for tenth in stride(from: 0, through: 10, by: 2) {
      let y = place(Double(tenth) / 10)
      lines.append(
        "<path d=\"M\(margin) \(y)H\(width - margin)\" stroke=\"#dddddd\"/>"
          + "<text x=\"8\" y=\"\(y + 4)\">\(tenth * 10) %</text>")
    }
    var drawn = 0.0
    for curve in curves {
      let points = history.compactMap { record in
        curve.value(record).map { "\(place(ofEpoch: record.epoch)),\(place($0))" }
      }
      if points.isEmpty { continue }
      lines.append(
        "<polyline fill=\"none\" stroke=\"\(curve.color)\" stroke-width=\"1.5\" "
          + "points=\"\(points.joined(separator: " "))\"/>"
          + "<text x=\"\(margin + drawn * 130)\" y=\"14\" fill=\"\(curve.color)\">\(curve.name)</text>"
      )
      drawn += 1
    }
    lines.append(
      "<text x=\"\(width - margin)\" y=\"\(height - 8)\">epoch \(history.last?.epoch ?? 0)</text>")
    return lines.joined(separator: "\n") + "\n</svg>\n"
  }

  private func place(ofEpoch epoch: Int) -> Double {
    let last = Double(max((history.last?.epoch ?? 1) - 1, 1))
    return rounded(margin + Double(epoch - 1) / last * (width - 2 * margin))
  }

  private func place(_ share: Double) -> Double {
    rounded(height - margin / 2 - share * (height - margin))
  }

  private func rounded(_ length: Double) -> Double { (length * 10).rounded() / 10 }
}
