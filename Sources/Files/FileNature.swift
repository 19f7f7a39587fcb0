/// What files of other kinds are called, and what to do with them.
public enum FileNature {
  /// A clause about a file that is of no use as it is, with the remedy; nil where nothing is known.
  ///
  /// - Parameter path: the file.
  /// - Returns: for instance `is a page of HTML, …; download it again`.
  public static func problem(of path: String) -> String? {
    guard let start = try? FileContents.prefix(of: path, count: 1024) else { return nil }
    return problem(startingWith: start)
  }

  static func problem(startingWith start: [UInt8]) -> String? {
    if start.isEmpty { return "is empty; download or save it again" }
    for (signature, offset, problem) in signatures
    where start.dropFirst(offset).starts(with: signature) { return problem }
    return text(String(decoding: start, as: UTF8.self), isCut: start.count == 1024)
  }

  /// What the names of a zip file's records say about it.
  ///
  /// - Parameter names: of all records.
  /// - Returns: nil for a file of `torch.save`, or when nothing is known.
  static func problem(ofZipWith names: [String]) -> String? {
    func has(_ end: String) -> Bool { names.contains { $0 == end || $0.hasSuffix("/" + end) } }
    if has("config.json") && has("model.weights.h5") {
      return "is a Keras 3 archive (.keras); save the model with model.save(\"x.h5\") or export it "
        + "as ONNX"
    }
    if has("archive_format") || has("serialized_exported_program.json") {
      return "is a program of torch.export (.pt2); export the model as ONNX, or save "
        + "model.state_dict() with torch.save"
    }
    if has("data.pkl") { return nil }
    if !names.isEmpty && names.allSatisfy({ $0.hasSuffix(".npy") }) {
      return "is an archive of NumPy arrays (.npz); save the weights with torch.save, or as "
        + "safetensors"
    }
    let inner = names.first { name in
      [".pt", ".pth", ".th", ".h5", ".hdf5", ".onnx", ".safetensors", ".keras", ".tar"]
        .contains { name.lowercased().hasSuffix($0) }
    }
    return inner.map { "is a zip archive with \($0) inside; unpack it and give that file" }
  }

  private static let packed = "; unpack it and give the file inside"
  private static let picture = "; name a network here, and images with --data"

  private static let signatures: [(signature: [UInt8], offset: Int, problem: String)] = [
    ([0x1f, 0x8b], 0, "is compressed with gzip" + packed),
    (Array("BZh".utf8), 0, "is compressed with bzip2" + packed),
    ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], 0, "is compressed with xz" + packed),
    ([0x28, 0xb5, 0x2f, 0xfd], 0, "is compressed with Zstandard" + packed),
    ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], 0, "is a 7z archive" + packed),
    (Array("Rar!".utf8), 0, "is a RAR archive" + packed),
    (Array("ustar".utf8), 257, "is a tar archive" + packed),
    (
      [0x93] + Array("NUMPY".utf8), 0,
      "is one array of NumPy (.npy); store weights with torch.save, and images as x in HDF5"
    ),
    (Array("TFL3".utf8), 4, "is a TensorFlow Lite model; export the original model as ONNX"),
    (Array("GGUF".utf8), 0, "is a GGUF file of a language model; give an image classifier"),
    (Array("MATLAB 5.0".utf8), 0, "is a MATLAB file before version 7.3; save it with -v7.3"),
    ([0x89] + Array("PNG".utf8), 0, "is a PNG picture" + picture),
    ([0xff, 0xd8, 0xff], 0, "is a JPEG picture" + picture),
    (Array("GIF8".utf8), 0, "is a GIF picture" + picture),
    (Array("%PDF".utf8), 0, "is a PDF document; give the file of the network"),
    (
      [0x7f] + Array("ELF".utf8), 0,
      "is a program or shared library; give the file that holds the weights"
    ),
  ]

  private static func text(_ start: String, isCut: Bool) -> String? {
    let words = start.drop { $0.isWhitespace || $0 == "\u{feff}" }.lowercased()
    if words.hasPrefix("version https://git-lfs") {
      return "is a pointer of Git LFS, not the file itself; fetch it with git lfs pull"
    }
    if ["<!doctype html", "<html", "<?xml", "<error"].contains(where: words.hasPrefix) {
      return "is a web page, not the file that was meant; download it again, signed in where the "
        + "page asks for it"
    }
    // Text that is cut within a character ends in a replacement character.
    let whole = isCut ? start.dropLast() : start[...]
    let isText = whole.unicodeScalars.allSatisfy {
      $0 != "\u{fffd}" && ($0.value >= 32 || ["\n", "\r", "\t"].contains($0))
    }
    guard isText else { return nil }
    return ["{", "["].contains(where: words.hasPrefix)
      ? "is JSON, a description without weights; give the file that holds the weights"
      : "is plain text; give the file that holds the numbers"
  }
}
