public import Files
import FoundationEssentials
public import Tensors

extension SafetensorsFile {
  /// Writes tensors as float32, replacing the file as a whole.
  ///
  /// The same tensors give the same bytes.
  ///
  /// - Parameters:
  ///   - tensors: by name.
  ///   - metadata: what the file says besides.
  ///   - path: where it appears.
  /// - Throws: ``FileError`` when it cannot be written.
  public static func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], to path: String
  ) throws(FileError) {
    let sorted = tensors.sorted { $0.key < $1.key }
    var header = Header(metadata: metadata)
    var end = 0
    for (name, tensor) in sorted {
      header.entries[name] = Header.Entry(shape: tensor.shape, range: end..<end + 4 * tensor.count)
      end += 4 * tensor.count
    }
    var text = try header.json(path)
    // Readers that map the file want the numbers aligned.
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + text.count + end)
    withUnsafeBytes(of: UInt64(text.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: text)
    for (_, tensor) in sorted { bytes.append(contentsOf: tensor.littleEndianBytes) }
    try AtomicFile.write(bytes, to: path)
  }

  /// The JSON before the numbers.
  private struct Header: Encodable {
    struct Entry: Encodable {
      let dtype = "F32"
      var shape: [Int]
      var range: Range<Int>

      enum CodingKeys: String, CodingKey {
        case dtype, shape
        case range = "data_offsets"
      }

      func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(dtype, forKey: .dtype)
        try object.encode(shape, forKey: .shape)
        try object.encode([range.lowerBound, range.upperBound], forKey: .range)
      }
    }

    var metadata: [String: String]
    var entries: [String: Entry] = [:]

    func encode(to encoder: any Encoder) throws {
      try entries.encode(to: encoder)
      try ["__metadata__": metadata].encode(to: encoder)
    }

    func json(_ path: String) throws(FileError) -> [UInt8] {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      do {
        return Array(try encoder.encode(self))
      } catch {
        throw FileError(
          path, "header", kind: .unwritable, problem: "cannot be written as JSON (\(error))")
      }
    }
  }
}

extension Tensor {
  /// The elements as bytes, the lowest byte of each first.
  var littleEndianBytes: [UInt8] {
    withUnsafeElements { elements in
      elements.map(\.bitPattern.littleEndian).withUnsafeBytes { Array($0) }
    }
  }
}
