import Files
import Tensors

/// The Python form of CIFAR-10 and CIFAR-100: one pickled dictionary a file, read without running it.
///
/// Source: A. Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html, "Python version".
enum CIFARPickle {
  /// Whether a file starts as pickles since Python 2.3 do.
  static func startsLike(_ start: [UInt8]) -> Bool {
    start.count > 1 && start[0] == 0x80 && (2...5).contains(start[1])
  }

  /// Reads the batches of files one after another.
  ///
  /// - Parameters:
  ///   - paths: the files.
  ///   - description: of the set; the fine labels of CIFAR-100 count.
  /// - Returns: the images in the order of the files and of their rows.
  /// - Throws: ``FileError`` when a file is no such dictionary.
  static func read(
    _ paths: [String], as description: DatasetDescription
  ) throws(FileError) -> Dataset {
    var pixels: [UInt8] = []
    var labels: [Int] = []
    for path in paths {
      let batch = try Batch(path)
      let key = description.classes == 100 ? "fine_labels" : "labels"
      labels += try batch.labels(key)
      pixels += try batch.pixels(description.shape.count)
      guard pixels.count == labels.count * description.shape.count else {
        throw FileError(
          path, key,
          problem: "there are not as many labels as rows of data; download the Python version of "
            + "\(description.name) again")
      }
    }
    return try Dataset(
      description, pixels: .bytes(pixels, offset: 0, stride: description.shape.count),
      labels: labels, indices: Array(labels.indices), files: paths)
  }

  /// Reads one batch that was named itself, whichever of the two sets it is from.
  static func read(
    batch path: String, split: DatasetSplit
  ) throws(FileError) -> Dataset {
    let set: KnownDataset = try Batch(path).has("fine_labels") ? .cifar100 : .cifar10
    return try read([path], as: set.description(split))
  }

  /// One file.
  private struct Batch {
    private let path: String
    private let heap: PickleHeap
    private let dictionary: Int

    init(_ path: String) throws(FileError) {
      self.path = path
      let bytes = try GzipReader.readMaybeGzipped(path, limit: FileSize.limit)
      var reader = PickleReader(ByteReader(bytes, path: path))
      guard case .dictionary(let dictionary) = try reader.value() else {
        throw FileError(
          path,
          problem: "its pickle is no dictionary; expected one of CIFAR with data and labels")
      }
      heap = reader.heap
      self.dictionary = dictionary
    }

    func has(_ key: String) -> Bool { heap.entry(key, of: dictionary) != nil }

    func labels(_ key: String) throws(FileError) -> [Int] {
      let value = try entry(key)
      if let integers = heap.integers(value) { return integers }
      guard let array = try array(value, key), array.shape.count == 1,
        let labels = array.wholeNumbers
      else { throw FileError(path, key, problem: "it is no list of whole numbers") }
      return labels
    }

    /// Rows of bytes: all red ones of an image, then the green and the blue ones.
    func pixels(_ count: Int) throws(FileError) -> [UInt8] {
      guard let array = try array(try entry("data"), "data") else {
        throw FileError(path, "data", problem: "it is no array of NumPy")
      }
      guard case .bytes(let bytes) = array.numbers, array.shape.dropFirst().reduce(1, *) == count
      else {
        throw FileError(
          path, "data",
          problem: "its shape is \(array.shape), expected [count, \(count)] of uint8")
      }
      return bytes
    }

    private func array(
      _ value: PickleValue, _ key: String
    ) throws(FileError) -> NumericArray? {
      guard let array = heap.array(value) else { return nil }
      return try NumericArray(
        descriptor: array.descriptor, bytes: array.bytes[...], shape: array.shape,
        isFortran: array.isFortran, path: path, name: key)
    }

    private func entry(_ key: String) throws(FileError) -> PickleValue {
      if let value = heap.entry(key, of: dictionary) { return value }
      let keys = heap.dictionaries[dictionary].prefix(8).compactMap { heap.text($0.key) }
      throw FileError(
        path, key,
        problem: "is missing; expected a dictionary of CIFAR (this one has "
          + "\(keys.joined(separator: ", ")))")
    }
  }
}
