import ArgumentParser
import Checkpoints
import Datasets
import Evaluation
import Files
import Graphs
import Tensors

/// Options that say which images are meant.
struct DataOptions: ParsableArguments {
  @Option(help: "The data set: cifar10, cifar100 or mnist; the checkpoint's own by default.")
  var dataset: String?

  @Option(
    help: """
      A folder with the published files, or an HDF5 file with x and y; ROBEVAL_DATA by default, \
      and without that a built-in sample of 500 images.
      """)
  var data: String?

  @Option(help: "How many images; all by default.")
  var examples: Int?

  @Option(help: "How many images to skip first.")
  var offset: Int = 0

  func dataset(for checkpoint: Checkpoint) throws -> Dataset {
    guard let name = dataset ?? checkpoint.dataset ?? arrayFileName else {
      throw EvaluationError(
        kind: .usage, place: "--dataset",
        problem: "the checkpoint does not say what data it is for; give cifar10, cifar100 or mnist")
    }
    let dataset = try DatasetCatalog.load(name: name, directory: data)
    let input = checkpoint.model.graph.input
    guard dataset.shape == input else {
      throw EvaluationError(
        kind: .data, place: dataset.name,
        problem:
          "has images of \(dataset.shape); the network takes \(input); give another --dataset")
    }
    guard dataset.classes <= checkpoint.classes else {
      throw EvaluationError(
        kind: .data, place: dataset.name,
        problem: "has \(dataset.classes) classes; the network knows \(checkpoint.classes); "
          + "give another --dataset")
    }
    return dataset
  }

  /// An HDF5 file brings its own name.
  private var arrayFileName: String? {
    guard let data, data.hasSuffix(".h5") || data.hasSuffix(".hdf5") else { return nil }
    return data.fileName.split(separator: ".").first.map(String.init)
  }

  func positions(in dataset: Dataset) throws -> [Int] {
    guard offset >= 0, offset < dataset.count else {
      throw EvaluationError(
        kind: .usage, place: "--offset",
        problem: "\(offset) is not below the \(dataset.count) images of \(dataset.name)")
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
