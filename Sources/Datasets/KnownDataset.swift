import Files

/// A published data set whose files are recognised by their names.
enum KnownDataset: String, CaseIterable {
  case cifar10
  case cifar100
  case mnist
  case svhn

  /// One of the forms in which a set is published.
  struct Form {
    /// The folder the archive unpacks to, and what other tools call it.
    var folders: [String]
    /// The files of a split in the order of their stable indices; of MNIST images, then labels.
    var files: [String]
    /// Reads those files.
    var read: ([String], DatasetDescription) throws(FileError) -> Dataset
  }

  /// The forms that are looked for, in this order.
  func forms(_ split: DatasetSplit) -> [Form] {
    let isTest = split == .test
    switch self {
    case .cifar10:
      let batches = (1...5).map { "data_batch_\($0)" }
      return [
        Form(
          folders: ["cifar-10-batches-bin"],
          files: isTest ? ["test_batch.bin"] : batches.map { $0 + ".bin" }
        ) { (paths, description) throws(FileError) in
          try CIFARBinary.read(paths, labelBytes: 1, as: description)
        },
        Form(
          folders: ["cifar-10-batches-py"], files: isTest ? ["test_batch"] : batches,
          read: CIFARPickle.read),
      ]
    case .cifar100:
      return [
        Form(folders: ["cifar-100-binary"], files: [split.rawValue + ".bin"]) {
          (paths, description) throws(FileError) in
          try CIFARBinary.read(paths, labelBytes: 2, as: description)
        },
        Form(folders: ["cifar-100-python"], files: [split.rawValue], read: CIFARPickle.read),
      ]
    case .mnist:
      let prefix = isTest ? "t10k" : "train"
      return [
        Form(
          folders: ["mnist", "MNIST/raw"],
          files: ["\(prefix)-images-idx3-ubyte", "\(prefix)-labels-idx1-ubyte"]
        ) { (paths, description) throws(FileError) in
          try IDXFile.read(images: paths[0], labels: paths[1], as: description)
        }
      ]
    case .svhn:
      return [
        Form(folders: ["svhn", "SVHN"], files: [split.rawValue + "_32x32.mat"]) {
          (paths, description) throws(FileError) in
          try MATLABFile.dataset(
            paths[0], ArrayExpectation(shape: description.shape, name: rawValue, split: split))
        }
      ]
    }
  }

  /// Where the files are published, for messages.
  var origin: String {
    switch self {
    case .cifar10: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    case .cifar100: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"
    case .mnist: "https://ossci-datasets.s3.amazonaws.com/mnist"
    case .svhn: "http://ufldl.stanford.edu/housenumbers"
    }
  }
}
