import ArgumentParser
import Checkpoints
import Datasets
import Evaluation
import Files
import Foundation
import Graphs
import Tensors

/// Options that say which images are meant.
struct DataOptions: ParsableArguments {
  @Option(
    help:
      "The data set: cifar10, cifar100, mnist, svhn or imagenet; the checkpoint's own by default.")
  var dataset: String?

  @Option(
    help: """
      A folder with the published files, or a file of arrays x and y (HDF5, .npz, .mat, or .npy with the \
      labels beside it); ROBEVAL_DATA by default, and without that a built-in sample of 500 images.
      """)
  var data: String?

  @Option(
    help: "For imagenet: what is done to a photograph first, by RobustBench's names.",
    transform: { (name: String) in try preprocessing(named: name) })
  var preprocessing: Preprocessing = .res256Crop224

  @Option(help: "For imagenet: a text file of the images to use, class/file a line.")
  var list: String?

  @Option(help: "How many images; all by default.")
  var examples: Int?

  @Option(help: "How many images to skip first.")
  var offset: Int = 0

  init() {}

  /// All images of a data set, where no option names some.
  init(dataset: String?, data: String?) throws {
    self = try .parse([])
    (self.dataset, self.data) = (dataset, data)
  }

  func dataset(
    for checkpoint: Checkpoint, labels: LabelDemand = .required
  ) throws -> Dataset {
    guard let name = dataset ?? checkpoint.dataset ?? arrayFileName else {
      throw EvaluationError(
        kind: .usage, place: "--dataset",
        problem:
          "the checkpoint does not say what data it is for; give cifar10, cifar100, mnist or svhn")
    }
    let input = checkpoint.model.graph.input
    let dataset =
      try name == "imagenet"
      ? photographs(classes: checkpoint.classes)
      : DatasetCatalog.load(
        name: name, directory: data, shape: input, classes: checkpoint.classes, labels: labels)
    if let mismatch = DatasetCatalog.mismatch(name, input: input, classes: checkpoint.classes) {
      throw EvaluationError(
        kind: .data, place: name, problem: "\(mismatch); give another --dataset")
    }
    guard dataset.shape == input else {
      throw EvaluationError(
        kind: .data, place: dataset.name,
        problem:
          "has images of \(dataset.shape); the network takes \(input); give another --dataset"
      )
    }
    guard dataset.classes <= checkpoint.classes else {
      throw EvaluationError(
        kind: .data, place: dataset.name,
        problem: "has \(dataset.classes) classes; the network knows \(checkpoint.classes); "
          + "give another --dataset")
    }
    return dataset
  }

  private static func preprocessing(named name: String) throws -> Preprocessing {
    let known = Preprocessing.allCases.first { $0.rawValue.lowercased() == name.lowercased() }
    guard let known else {
      throw ValidationError(
        "it is one of \(Preprocessing.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return known
  }

  /// The images that are asked for, and those before them, of a folder of classes.
  private func photographs(classes: Int) throws -> Dataset {
    guard let data else {
      throw EvaluationError(
        kind: .usage, place: "--data",
        problem: "is missing; name the folder with one folder a class, or the one with val inside")
    }
    let inner = data + "/val"
    let listed = list == nil ? try ImageFolder.withList(data) : nil
    let folder =
      try listed
      ?? ImageFolder(FileManager.default.fileExists(atPath: inner) ? inner : data, list: list)
    guard folder.classes == classes else {
      throw EvaluationError(
        kind: .data, place: data,
        problem:
          "has \(counted(folder.classes, "folder")); the network knows \(classes) classes, and the "
          + "order of all their folders numbers them")
    }
    let end = examples.map { max(0, offset) + max(1, $0) } ?? folder.count
    return try folder.dataset(preprocessing, positions: 0..<min(end, folder.count))
  }

  /// A file of arrays brings its own name.
  private var arrayFileName: String? {
    guard let data, [".h5", ".hdf5", ".npz", ".npy", ".mat"].contains(where: data.hasSuffix) else {
      return nil
    }
    return data.fileName.split(separator: ".").first.map(String.init)
  }

  func positions(in dataset: Dataset) throws -> [Int] {
    guard offset >= 0, offset < dataset.count else {
      throw EvaluationError(
        kind: .usage, place: "--offset",
        problem:
          "\(offset) is not a position in \(dataset.name), which has \(counted(dataset.count, "image")); give one from 0 to \(dataset.count - 1)"
      )
    }
    let count = examples ?? dataset.count - offset
    guard count > 0, count <= dataset.count - offset else {
      throw EvaluationError(
        kind: .usage, place: "--examples",
        problem: "\(count) is not from 1 to \(dataset.count - offset), the images there are"
          + (dataset.isSample ? " in the built-in sample; give --data" : ""))
    }
    return Array(offset..<offset + count)
  }
}
