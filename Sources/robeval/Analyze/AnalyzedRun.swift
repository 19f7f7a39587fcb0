import Datasets
import Evaluation
import Files
import Tensors

/// A finished run whose adversarial images are analysed.
struct AnalyzedRun {
  private let run: RecordedRun
  private let dataset: Dataset
  private let fooled: [Int: Image]

  /// Reads a run on a data set.
  init(_ path: String, _ dataset: Dataset) throws {
    run = try RecordedRun(path)
    self.dataset = dataset
    guard run.settings.datasetSHA256 == dataset.sha256 else {
      throw EvaluationError(
        kind: .data, place: "--on",
        problem: "\(path) is a run on other images (\(run.settings.dataset)) than "
          + "\(dataset.name); give the run's --data")
    }
    let images = try AdversarialImages(path + "/adversarial.h5", shape: dataset.shape)
    var fooled: [Int: Image] = [:]
    try images.forEach { row, image in fooled[images.indices[row]] = image }
    self.fooled = fooled
  }

  /// The images as the run left them: adversarial where it fooled the network, else clean.
  func images(at positions: [Int]) throws -> [Image] {
    let settled = Set(run.settings.indices)
    return try positions.map { position in
      let index = dataset.index(at: position)
      guard settled.contains(index) else {
        throw EvaluationError(
          kind: .data, place: "--on",
          problem: "\(run.path) did not attack image \(index); it has "
            + "\(counted(settled.count, "image")), so give its --examples and --offset")
      }
      return fooled[index] ?? dataset.image(at: position)
    }
  }

  /// For captions.
  var state: String {
    "adversarial where a run on \(run.settings.modelSHA256.prefix(8)) fooled it "
      + "(\(run.settings.norm.rawValue) \(run.settings.radiusText), "
      + "\(run.settings.attackTexts.joined(separator: ",")), seed \(run.settings.seed)), else clean"
  }
}
