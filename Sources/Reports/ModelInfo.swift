public import Evaluation
internal import Files
internal import Foundation
internal import Tensors

/// A run in the form of RobustBench's `model_info` files: `model_info.json`.
///
/// Accuracies are texts, in percent with two decimals. What a run cannot know (paper, authors,
/// venue) is null or empty, to be filled in by hand.
public struct ModelInfo: Sendable {
  private let result: EvaluationResult

  /// Creates the form of a run.
  ///
  /// - Parameter result: of the run.
  public init(_ result: EvaluationResult) { self.result = result }

  /// The file, with the fields in RobustBench's order.
  ///
  /// `autoattack_acc` is null unless the attacks were exactly AutoAttack's, and `unreliable` where
  /// nothing attacked.
  public var text: String {
    let settings = result.settings
    let isAutoAttack = settings.autoAttackVersion != nil
    let name = settings.model.split(separator: ".").first.map(String.init) ?? settings.model
    let fields: [(String, String)] = [
      ("link", "null"), ("name", quoted(name)), ("authors", "null"),
      ("additional_data", "false"), ("number_forward_passes", "1"),
      ("dataset", quoted(settings.dataset)), ("venue", "null"),
      ("architecture", quoted(settings.architecture)), ("eps", quoted(settings.largestRadius.text)),
      ("clean_acc", accuracy(result.cleanCorrect)), ("reported", "null"),
      ("autoattack_acc", isAutoAttack ? accuracy(result.robust) : "null"),
      ("unreliable", isUnreliable.map { "\($0)" } ?? "null"),
      ("footnote", isComparable ? "null" : quoted(footnote)),
    ]
    return "{\n" + fields.map { "  \(quoted($0.0)): \($0.1)" }.joined(separator: ",\n") + "\n}\n"
  }

  private var isUnreliable: Bool? {
    result.isAttacked ? result.verdict.status != .reliable : nil
  }

  /// Whether it is what RobustBench lists: AutoAttack's standard version on all of its images.
  private var isComparable: Bool {
    let settings = result.settings
    let images = settings.dataset == "imagenet" ? 5000 : 10_000
    return settings.autoAttackVersion == "standard" && settings.datasetNote == nil
      && settings.indices.count >= images
  }

  /// What keeps the accuracies from being compared with a leaderboard's.
  private var footnote: String {
    let settings = result.settings
    if !result.isAttacked { return "Not attacked. \(settings.datasetNote ?? "")".trimmingEnd }
    return "Robust accuracy \(String(format: "%.2f", result.robust.value * 100)) under "
      + "\(settings.norm.rawValue), \(settings.attackTexts.joined(separator: ", ")), on "
      + "\(counted(settings.indices.count, "image")). \(settings.datasetNote ?? "")".trimmingEnd
  }

  private func accuracy(_ share: Proportion) -> String {
    quoted(String(format: "%.2f", share.value * 100))
  }

  private func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    // A text is always encodable.
    return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}

extension String {
  fileprivate var trimmingEnd: String {
    var rest = Substring(self)
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
