public import Files
internal import Foundation
public import Tensors

/// Test images under common corruptions, as CIFAR-10-C and CIFAR-100-C are published: one array of
/// images a corruption, five severities one after another, and `labels.npy`.
///
/// Source: Hendrycks & Dietterich, *Benchmarking neural network robustness to common corruptions and
/// perturbations*, ICLR 2019.
public struct CorruptionFolder: Sendable {
  /// How many severities there are of each.
  public static let severities = 5

  /// The fifteen that count, in the order of published tables.
  public static let counted = [
    "gaussian_noise", "shot_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur",
    "zoom_blur", "snow", "frost", "fog", "brightness", "contrast", "elastic_transform", "pixelate",
    "jpeg_compression",
  ]

  /// Those that are published beside them, to tune on.
  public static let additional = ["speckle_noise", "gaussian_blur", "spatter", "saturate"]

  /// The corruptions that are there, in the order of ``counted`` and then ``additional``.
  public let corruptions: [String]
  private let path: String

  /// Looks into a folder.
  ///
  /// - Parameter path: of the folder with the arrays.
  /// - Throws: `FileError` when it cannot be read, or holds none of them or no labels.
  public init(_ path: String) throws(FileError) {
    let names = Set(try Folder.names(in: path))
    corruptions = (Self.counted + Self.additional).filter { names.contains($0 + ".npy") }
    self.path = path
    guard !corruptions.isEmpty else {
      throw FileError(
        path, kind: .missing,
        problem: "holds no corrupted images; expected \(Self.counted[0]).npy and so on, as in the "
          + "published CIFAR-10-C")
    }
    guard names.contains("labels.npy") else {
      throw FileError(path, kind: .missing, problem: "has no labels.npy")
    }
  }

  /// Reads all images of a corruption.
  ///
  /// - Parameters:
  ///   - corruption: one of ``corruptions``.
  ///   - name: of the data set that was corrupted.
  ///   - shape: what the network takes.
  ///   - classes: what it tells apart.
  /// - Returns: the images of severity 1, then those of severity 2, and so on.
  /// - Throws: `FileError` naming what does not fit.
  public func images(
    of corruption: String, name: String, shape: FeatureShape, classes: Int
  ) throws(FileError) -> Dataset {
    let file = "\(path)/\(corruption).npy"
    let dataset = try DatasetCatalog.load(
      name: name, directory: file, shape: shape, classes: classes)
    guard dataset.count.isMultiple(of: Self.severities) else {
      throw FileError(
        file,
        problem: "has \(dataset.count) images, expected as many of each of "
          + "\(Self.severities) severities; fetch the file again")
    }
    return dataset
  }
}
