public import Files
public import Tensors

/// Checkpoints written by `torch.save`, read without running the pickle inside.
public enum PyTorchFile {
  /// The tensors of a state dict, converted to float32.
  ///
  /// The state dict may be the whole file, or lie anywhere in it, for instance under `state_dict`.
  ///
  /// - Parameter path: a file of `torch.save`, of the zip format or the one before PyTorch 1.6.
  /// - Returns: names and tensors in the file's order.
  /// - Throws: ``FileError`` when the file is damaged, or holds no state dict or several.
  public static func read(
    _ path: String
  ) throws(FileError) -> [(name: String, tensor: Tensor)] {
    var selection = WeightSelection(nil)
    return try read(path, &selection).tensors
  }

  /// One of the state dicts of a file.
  static func read(
    _ path: String, _ selection: inout WeightSelection
  ) throws(FileError) -> WeightFile {
    let file = ByteReader(try FileContents.read(path), path: path)
    return file.bytes.starts(with: [0x50, 0x4b])
      ? try zip(file, &selection) : try legacy(file, &selection)
  }

  private static func zip(
    _ file: ByteReader, _ selection: inout WeightSelection
  ) throws(FileError) -> WeightFile {
    let archive = try ZipArchive(file)
    if let problem = archive.foreignProblem { throw file.malformed(problem) }
    guard let pickle = archive.records.first(where: { $0.name.hasSuffix("/data.pkl") }) else {
      throw file.malformed("it is a zip file without data.pkl; save a state dict with torch.save")
    }
    let folder = pickle.name.dropLast("data.pkl".count)
    var storages: [String: Range<Int>] = [:]
    for record in archive.records where record.name.hasPrefix(folder) {
      let name = record.name.dropFirst(folder.count)
      if name == "byteorder" {
        let order = file.bytes[try archive.contents(of: record)]
        guard order.elementsEqual("little".utf8) else {
          throw file.malformed("its numbers are big-endian; save it on another machine")
        }
      } else if name.hasPrefix("data/") {
        storages[String(name.dropFirst("data/".count))] = try archive.contents(of: record)
      }
    }
    var part = file
    part.place = "data.pkl"
    let range = try archive.contents(of: pickle)
    try part.restrict(from: range.lowerBound, count: range.count)
    var reader = PickleReader(part)
    let root = try reader.value()
    return try tensors(
      of: try StateDict(root, reader.heap, file, &selection),
      from: StorageReader(file, storages: storages))
  }

  /// Five pickles one after another (magic number, version, machine, object, storage keys), then
  /// the storages, each after its number of elements.
  private static func legacy(
    _ file: ByteReader, _ selection: inout WeightSelection
  ) throws(FileError) -> WeightFile {
    guard file.bytes.starts(with: legacyStart) else {
      throw file.malformed(
        "it is not a file of torch.save; expected a zip file or PyTorch's older magic number")
    }
    var position = file
    try position.seek(to: legacyStart.count)
    position.place = "header"
    for _ in 0..<2 {
      var header = PickleReader(position)
      let value = try header.value()
      if case .dictionary(let machine) = value,
        header.heap.entry("little_endian", of: machine).map(\.isFalse) == true
      {
        throw file.malformed("its numbers are big-endian; save it on another machine")
      }
      position = header.reader
    }
    position.place = "object"
    var object = PickleReader(position)
    let root = try object.value()
    position = object.reader
    position.place = "storage keys"
    var keys = PickleReader(position)
    let list = try keys.value()
    let names = keys.heap.texts(list) ?? []
    position = keys.reader
    let elements = Dictionary(
      object.heap.storages.map { ($0.key, $0.element) }, uniquingKeysWith: { first, _ in first })
    var storages: [String: Range<Int>] = [:]
    for name in names {
      position.place = "storage \(name)"
      guard let element = elements[name] else { throw position.malformed("nothing refers to it") }
      let count: Int64 = try position.number()
      let (bytes, overflow) = Int(count).multipliedReportingOverflow(by: element.bytes)
      storages[name] = try position.range(overflow ? .max : bytes)
    }
    return try tensors(
      of: try StateDict(root, object.heap, file, &selection),
      from: StorageReader(file, storages: storages))
  }

  /// Protocol 2 and the number 0x1950a86a20f9469cfc6c, then the end of that pickle.
  static let legacyStart: [UInt8] = [
    0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
  ]

  private static func tensors(
    of state: StateDict, from storages: StorageReader
  ) throws(FileError) -> WeightFile {
    var storages = storages
    var weights = WeightFile(tensors: [])
    for (name, view) in state.entries {
      // Two names might become one.
      guard !name.unicodeScalars.contains("\u{fffd}") else {
        throw FileError(
          storages.path, name, problem: "its name is not UTF-8; save it under one that is")
      }
      weights.tensors.append((name, try storages.tensor(view, name)))
    }
    weights.wholeNumbers = state.entries.filter { $0.view.storage.element.isInteger }.map(\.name)
    return weights
  }
}

extension PickleValue {
  var isFalse: Bool { if case .truth(false) = self { true } else { false } }
}
