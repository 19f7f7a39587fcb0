import Datasets
import Evaluation
import Files
import Tensors

/// A finished run whose adversarial images are analysed.
struct AnalyzedRun {
  let recorded: RecordedRun
  /// The adversarial images by stable index.
  let fooled: [Int: Image]
  private let dataset: Dataset
  private let place: String

  /// Reads a run on a data set.
  ///
  /// - Parameters:
  ///   - path: of its folder.
  ///   - option: that named it, for errors; nil for an argument.
  ///   - dataset: its images.
  /// - Throws: an error of the run's files, or of images that are not the run's.
  init(_ path: String, from option: String? = nil, _ dataset: Dataset) throws {
    recorded = try RecordedRun(path)
    self.dataset = dataset
    place = option.map { "\($0): \(path)" } ?? path
    let settings = recorded.settings
    guard settings.datasetSHA256 == dataset.sha256 else {
      throw EvaluationError(
        kind: .data, place: place,
        problem: "is a run on other images (\(settings.dataset)) than \(dataset.name); "
          + "give the run's --data")
    }
    let file = path + "/adversarial.h5"
    let images = try AdversarialImages(file, shape: dataset.shape)
    // A run that goes on, or was copied while it did, has older images beside a newer ledger.
    let expected = recorded.entries.filter { $0.outcome == .fooled }.map(\.index).sorted()
    guard images.identity["model_sha256"] == settings.modelSHA256, images.indices == expected else {
      throw EvaluationError(
        kind: .data, place: file,
        problem: "has other images than those that ledger.jsonl says were fooled; repeat the "
          + "run's command, which writes it anew")
    }
    fooled = try images.images(of: Set(expected))
  }

  /// The images as the run left them: adversarial where it fooled the network, else clean.
  func images(at positions: [Int]) throws -> [Image] {
    let settled = Set(recorded.settings.indices)
    return try positions.map { position in
      let index = dataset.index(at: position)
      guard settled.contains(index) else {
        throw EvaluationError(
          kind: .data, place: place,
          problem: "did not attack image \(index); it has "
            + "\(counted(settled.count, "image")), so give its --examples and --offset")
      }
      return fooled[index] ?? dataset.image(at: position)
    }
  }

  /// The attack, the radius and the network, for captions.
  var description: String {
    let settings = recorded.settings
    return "a run on \(settings.modelSHA256.prefix(8)) "
      + "(\(settings.norm.rawValue) \(settings.radiusText), "
      + "\(settings.attackTexts.joined(separator: ",")), seed \(settings.seed))"
  }

  /// Which images these are, for captions.
  var state: String { "adversarial where \(description) fooled it, else clean" }
}
