import Tensors

/// The part of a published data set.
public enum DatasetSplit: String, Hashable, Sendable, Codable, CaseIterable {
  /// The images that accuracies are reported on.
  case test
  /// The images that networks are trained on.
  case train
}

/// What is known of a data set before its images are read.
struct DatasetDescription: Sendable {
  var name: String
  var shape: FeatureShape
  var classes: Int
  var classNames: [String] = []
  /// How many images the published set has, when known.
  var published: Int?
  var isSample = false
  /// What was taken for what, where the files do not say it; clauses for the report.
  var guesses: [String] = []

  /// What a report must say about a set that is not complete, or not said to be what it was taken
  /// for.
  func note(count: Int) -> String? {
    let guess = guesses.isEmpty ? nil : "Of the data, \(guesses.joined(separator: "; "))."
    let sentences = [incompleteness(count: count), guess].compactMap(\.self)
    return sentences.isEmpty ? nil : sentences.joined(separator: " ")
  }

  private func incompleteness(count: Int) -> String? {
    guard let published, count != published else { return nil }
    let images = "\(count) of the \(published) images of \(name)"
    return isSample
      ? "The images are the built-in sample, \(images); its accuracies are not comparable with "
        + "published ones (name the full data set with --data)."
      : "The data hold \(images); accuracies are not comparable with published ones."
  }
}

extension KnownDataset {
  /// What is known of the set.
  func description(_ split: DatasetSplit) -> DatasetDescription {
    let cifar = FeatureShape(channels: 3, height: 32, width: 32)
    return switch self {
    case .cifar10:
      DatasetDescription(
        name: rawValue, shape: cifar, classes: 10, classNames: ClassNames.cifar10,
        published: split == .test ? 10_000 : 50_000)
    case .cifar100:
      DatasetDescription(
        name: rawValue, shape: cifar, classes: 100, classNames: ClassNames.cifar100,
        published: split == .test ? 10_000 : 50_000)
    case .mnist:
      DatasetDescription(
        name: rawValue, shape: FeatureShape(channels: 1, height: 28, width: 28), classes: 10,
        classNames: ClassNames.mnist, published: split == .test ? 10_000 : 60_000)
    case .svhn:
      DatasetDescription(
        name: rawValue, shape: cifar, classes: 10, classNames: ClassNames.mnist,
        published: split == .test ? 26_032 : 73_257)
    }
  }
}
