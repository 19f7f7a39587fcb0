import Files
import FoundationEssentials
import Graphs

/// What stands before the numbers, checked against the size of the file.
struct SafetensorsHeader {
  /// One tensor.
  struct Entry {
    var name: String
    var element: StorageElement
    var shape: [Int]
    /// The positions of its bytes in the file.
    var range: Range<Int>
  }

  /// The tensors in the order of their bytes, which follow each other without gaps.
  private(set) var entries: [Entry] = []
  let metadata: [String: String]

  /// Decoding JSON takes about ten times the memory of its text.
  private static let longestText = 1 << 23
  private static let metadataName = "__metadata__"

  init(_ file: ByteReader) throws(FileError) {
    var file = file
    file.place = "header"
    let length: UInt64 = try file.number()
    guard length <= Self.longestText else {
      throw file.malformed(
        "it claims \(length) bytes; at most \(Self.longestText) are read: is this safetensors?")
    }
    let text = try file.slice(length)
    let start = file.position
    let decoded = try Self.decoded(text, file)
    metadata = decoded.metadata
    for (name, claim) in decoded.claims {
      entries.append(try Self.entry(name, claim, start: start, file))
    }
    // Empty tensors first, where several begin at one byte.
    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound, $0.name)
        < ($1.range.lowerBound, $1.range.upperBound, $1.name)
    }
    try checkThatNumbersAreContiguous(from: start, file)
  }

  private static func decoded(
    _ text: ArraySlice<UInt8>, _ file: ByteReader
  ) throws(FileError) -> Text {
    do {
      return try JSONDecoder().decode(Text.self, from: Data(text))
    } catch {
      throw file.malformed("it is no JSON object of tensors (\(error.cause))")
    }
  }

  private static func entry(
    _ name: String, _ claim: Claim, start: Int, _ file: ByteReader
  ) throws(FileError) -> Entry {
    var file = file
    file.place = name
    guard let element = StorageElement(safetensors: claim.dtype) else {
      throw file.malformed("its type \(claim.dtype) is not read; save it as F32, F16, BF16 or F64")
    }
    guard claim.shape.count <= 16, let count = claim.shape.checkedProduct,
      case let (bytes, overflow) = count.multipliedReportingOverflow(by: element.bytes), !overflow
    else { throw file.malformed("its shape \(claim.shape.crossed) makes no sense") }
    let offsets = claim.offsets
    guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1],
      offsets[1] <= file.end - start
    else {
      throw file.malformed(
        "its data_offsets \(offsets.prefix(4)) lie outside of the file's \(file.end - start) bytes "
          + "of numbers")
    }
    guard offsets[1] - offsets[0] == bytes else {
      throw file.malformed(
        "its shape \(claim.shape.crossed) of \(claim.dtype) needs \(bytes) bytes; it has "
          + "\(offsets[1] - offsets[0])")
    }
    return Entry(
      name: name, element: element, shape: claim.shape,
      range: start + offsets[0]..<start + offsets[1])
  }

  private func checkThatNumbersAreContiguous(
    from start: Int, _ file: ByteReader
  ) throws(FileError) {
    var end = start
    for entry in entries {
      guard entry.range.lowerBound == end else {
        throw FileError(
          file.path, entry.name,
          problem: "its numbers begin at byte \(entry.range.lowerBound - start); the one before it "
            + "ends at \(end - start), and neither gaps nor overlaps are allowed")
      }
      end = entry.range.upperBound
    }
    guard end == file.end else {
      throw file.malformed("\(file.end - end) bytes at the end of the file belong to no tensor")
    }
  }
}

extension SafetensorsHeader {
  /// What the header says of one tensor.
  fileprivate struct Claim: Decodable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  /// The JSON object as a whole.
  fileprivate struct Text: Decodable {
    var metadata: [String: String] = [:]
    var claims: [(String, Claim)] = []

    private struct Key: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let object = try decoder.container(keyedBy: Key.self)
      for key in object.allKeys {
        if key.stringValue == metadataName {
          metadata = try object.decode([String: String].self, forKey: key)
        } else {
          claims.append((key.stringValue, try object.decode(Claim.self, forKey: key)))
        }
      }
    }
  }
}

extension StorageElement {
  /// The type of a name in a header; nil for those that PyTorch's storages do not have.
  fileprivate init?(safetensors name: String) {
    switch name {
    case "F32": self = .float32
    case "F64": self = .float64
    case "F16": self = .float16
    case "BF16": self = .bfloat16
    case "I64": self = .int64
    case "I32": self = .int32
    case "I16": self = .int16
    case "I8": self = .int8
    case "U8": self = .uint8
    case "BOOL": self = .bool
    default: return nil
    }
  }
}
