public import Tensors

/// What is known of published data sets before any file is read.
extension DatasetCatalog {
  /// Photographs in folders, which have no fixed size.
  private static let photographs = "imagenet"

  /// The names of all data sets that a network can be made for.
  public static var publishedNames: [String] { names + [photographs] }

  /// The name of a published data set, however it is spelt.
  ///
  /// - Parameter name: for example `CIFAR-10`.
  /// - Returns: for example `cifar10`; nil where there is no such set.
  public static func publishedName(_ name: String) -> String? {
    let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
    return publishedNames.first { $0 == plain }
  }

  /// Why a network cannot be one for a published data set, in half a sentence.
  ///
  /// - Parameters:
  ///   - name: of the data set.
  ///   - input: what the network takes.
  ///   - classes: what it tells apart.
  /// - Returns: nil where it fits, and for names that are not known.
  public static func mismatch(
    _ name: String, input: FeatureShape, classes: Int
  ) -> String? {
    if name == photographs {
      return input.channels == 3
        ? nil : "the network takes images of \(input); \(name) has 3 channels"
    }
    guard let description = KnownDataset(rawValue: name)?.description(.test) else { return nil }
    if input != description.shape {
      return "the network takes images of \(input); those of \(name) are \(description.shape)"
    }
    return classes == description.classes
      ? nil : "the network knows \(classes) classes; \(name) has \(description.classes)"
  }
}
