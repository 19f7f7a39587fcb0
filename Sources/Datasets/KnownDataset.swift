import Files

/// A published data set whose files are recognised by their names.
enum KnownDataset: String, CaseIterable {
  case cifar10
  case cifar100
  case mnist

  /// The folder the archives unpack to, and what other tools call it.
  var folders: [String] {
    switch self {
    case .cifar10: ["cifar-10-batches-bin"]
    case .cifar100: ["cifar-100-binary"]
    case .mnist: ["mnist", "MNIST/raw"]
    }
  }

  /// The files of a split in the order of their stable indices; of MNIST images, then labels.
  func fileNames(_ split: DatasetSplit) -> [String] {
    switch (self, split) {
    case (.cifar10, .test): ["test_batch.bin"]
    case (.cifar10, .train): (1...5).map { "data_batch_\($0).bin" }
    case (.cifar100, .test): ["test.bin"]
    case (.cifar100, .train): ["train.bin"]
    case (.mnist, .test): ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
    case (.mnist, .train): ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"]
    }
  }

  /// Where the files are published, for messages.
  var origin: String {
    switch self {
    case .cifar10: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    case .cifar100: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"
    case .mnist: "https://ossci-datasets.s3.amazonaws.com/mnist"
    }
  }

  /// Reads the files named by ``fileNames(_:)``.
  func read(_ paths: [String], _ split: DatasetSplit) throws(FileError) -> Dataset {
    let description = description(split)
    return switch self {
    case .cifar10: try CIFARBinary.read(paths, labelBytes: 1, as: description)
    case .cifar100: try CIFARBinary.read(paths, labelBytes: 2, as: description)
    case .mnist: try IDXFile.read(images: paths[0], labels: paths[1], as: description)
    }
  }
}
