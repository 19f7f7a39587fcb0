import Files
import Tensors

/// What a reader of arrays may rely on before it has read them.
struct ArrayExpectation {
  /// What the network takes.
  var shape: FeatureShape?
  /// What the network tells apart.
  var classes: Int?
  /// The data set that was asked for.
  var name: String
  var labels = LabelDemand.required
  var split = DatasetSplit.test

  /// The known set of that name.
  var known: DatasetDescription? { KnownDataset(rawValue: name)?.description(split) }
}

/// Arrays of images and of their labels, from any kind of file.
struct LabelledArrays {
  /// The set's name.
  var name: String
  var images: NumericArray
  var labels: NumericArray?
  var indices: NumericArray?
  /// How many classes the file says there are.
  var classes: Int?
  var files: [String]
  var isSample = false
  /// What was guessed so far.
  var notes: [String] = []

  /// The images and labels, checked.
  ///
  /// - Parameter expected: decides what the arrays do not say.
  /// - Returns: a set whose note says what was guessed.
  /// - Throws: ``FileError`` when something is missing or does not fit.
  func dataset(_ expected: ArrayExpectation) throws(FileError) -> Dataset {
    let own = KnownDataset(rawValue: name)?.description(expected.split)
    let known = expected.known
    let images = try ImageArray(
      self.images, like: own?.shape ?? expected.shape ?? known?.shape)
    let labels = try labels.map { (array) throws(FileError) in
      try LabelArray(array, count: images.count)
    }
    var description = DatasetDescription(
      name: name, shape: images.shape, classes: classes ?? own?.classes ?? 0)
    if description.classes == 0 {
      description.classes = try guessedClasses(labels, images.shape, expected)
    }
    if let own {
      guard own.shape == images.shape, own.classes == description.classes else {
        throw FileError(
          self.images.path, "attribute name",
          problem: "it says \(name), but there are \(description.classes) classes of "
            + "\(images.shape) images, expected \(own.classes) of \(own.shape); give the set a "
            + "name of its own")
      }
      description = own
    }
    description.isSample = isSample
    description.guesses = notes + images.notes + [labels?.note].compactMap(\.self)
    return try Dataset(
      description, pixels: images.pixels, labels: labels?.labels,
      indices: try indices(count: images.count), files: files)
  }

  /// The number of classes where the file does not say it.
  private func guessedClasses(
    _ labels: LabelArray?, _ shape: FeatureShape, _ expected: ArrayExpectation
  ) throws(FileError) -> Int {
    if let classes = labels?.classes ?? expected.classes { return classes }
    guard let known = expected.known else {
      throw FileError(
        images.path, "attribute classes",
        problem: "it is missing, expected the number of classes; store it in an HDF5 file beside x "
          + "and y, as an attribute of the root group")
    }
    guard known.shape == shape else {
      throw images.malformed(
        "its images are \(shape), expected \(known.shape) for \(known.name); give another --dataset, "
          + "or store the number of classes in an HDF5 file")
    }
    return known.classes
  }

  private func indices(count: Int) throws(FileError) -> [Int] {
    guard let indices else { return Array(0..<count) }
    guard indices.shape == [count], let numbers = indices.wholeNumbers else {
      throw indices.malformed(
        "its shape is \(indices.shape), expected [\(count)]; store one number for each image of "
          + images.name)
    }
    return numbers
  }
}
