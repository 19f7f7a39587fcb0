public import Files
import Tensors

/// Files of named tensors in the safetensors format: a header in JSON, then the numbers.
public enum SafetensorsFile {
  /// The tensors of a file, converted to float32.
  ///
  /// - Parameter path: the file.
  /// - Returns: tensors in the order of their numbers, and what the header says besides.
  /// - Throws: ``FileError`` when anything the header claims does not fit the file.
  public static func read(_ path: String) throws(FileError) -> WeightFile {
    let file = ByteReader(try FileContents.read(path), path: path)
    let header = try SafetensorsHeader(file)
    var storages: [String: Range<Int>] = [:]
    for entry in header.entries { storages[entry.name] = entry.range }
    var reader = StorageReader(file, storages: storages)
    var weights = WeightFile(tensors: [], metadata: header.metadata)
    for entry in header.entries {
      let view = TensorView(
        storage: StorageReference(element: entry.element, key: entry.name), offset: 0,
        shape: entry.shape, strides: entry.shape.rowMajorStrides)
      weights.tensors.append((entry.name, try reader.tensor(view, entry.name)))
      if entry.element.isInteger { weights.wholeNumbers.append(entry.name) }
    }
    return weights
  }

  /// Whether bytes can be the start of such a file.
  ///
  /// - Parameter start: at least the first nine bytes.
  /// - Returns: whether a JSON object stands behind a length below 4 GiB.
  static func isPlausible(_ start: [UInt8]) -> Bool {
    start.count > 8 && start[8] == UInt8(ascii: "{") && start[4..<8].allSatisfy { $0 == 0 }
  }
}

extension [Int] {
  /// How many elements apart the neighbours along each axis are; extents are known to be small.
  fileprivate var rowMajorStrides: [Int] {
    var strides = [Int](repeating: 1, count: count)
    for axis in indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * Swift.max(self[axis + 1], 1)
    }
    return strides
  }
}
