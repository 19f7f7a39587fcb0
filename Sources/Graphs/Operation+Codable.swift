/// An operation is one JSON object with one key, its name: `{"relu": {}}`, `{"linear": {…}}`.
extension Operation: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case input, convolution, batchNormalization, channelAffine, layerNormalization, meanSparse, relu
    case silu, elementwise, add
    case multiply, maxPool, averagePool, globalAveragePool, flatten, linear, normalize, concatenate
    case channelShuffle, channelSlice, pad, attention, table, rearrange
    case rowNormalization, positionEncoding
  }

  private struct Nothing: Codable {}
  private struct Shuffle: Codable { var groups: Int }
  private struct Slice: Codable { var from, to: Int }

  /// Reads an operation.
  public init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    guard let key = object.allKeys.first, object.allKeys.count == 1 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "not one known operation"))
    }
    func payload<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
      try object.decode(type, forKey: key)
    }
    switch key {
    case .input: self = .input
    case .convolution: self = .convolution(try payload())
    case .batchNormalization: self = .batchNormalization(try payload())
    case .channelAffine: self = .channelAffine(try payload())
    case .layerNormalization: self = .layerNormalization(try payload())
    case .meanSparse: self = .meanSparse(try payload())
    case .relu: self = .relu
    case .silu: self = .silu
    case .elementwise: self = .elementwise(try payload())
    case .add: self = .add
    case .multiply: self = .multiply
    case .maxPool: self = .maxPool(try payload())
    case .averagePool: self = .averagePool(try payload())
    case .globalAveragePool: self = .globalAveragePool
    case .flatten: self = .flatten
    case .linear: self = .linear(try payload())
    case .normalize: self = .normalize(try payload())
    case .concatenate: self = .concatenate
    case .channelShuffle: self = .channelShuffle(groups: try payload(Shuffle.self).groups)
    case .channelSlice:
      let slice = try payload(Slice.self)
      guard slice.from <= slice.to else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "a slice that ends before it"))
      }
      self = .channelSlice(slice.from..<slice.to)
    case .pad: self = .pad(try payload())
    case .attention: self = .attention(try payload())
    case .table: self = .table(try payload())
    case .rearrange: self = .rearrange(try payload())
    case .rowNormalization: self = .rowNormalization(try payload())
    case .positionEncoding: self = .positionEncoding(try payload())
    }
  }

  /// Writes an operation.
  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    switch self {
    case .convolution(let payload): try object.encode(payload, forKey: key)
    case .batchNormalization(let payload): try object.encode(payload, forKey: key)
    case .channelAffine(let payload): try object.encode(payload, forKey: key)
    case .layerNormalization(let payload): try object.encode(payload, forKey: key)
    case .meanSparse(let payload): try object.encode(payload, forKey: key)
    case .maxPool(let payload), .averagePool(let payload):
      try object.encode(payload, forKey: key)
    case .elementwise(let payload): try object.encode(payload, forKey: key)
    case .linear(let payload): try object.encode(payload, forKey: key)
    case .normalize(let payload): try object.encode(payload, forKey: key)
    case .channelShuffle(let groups): try object.encode(Shuffle(groups: groups), forKey: key)
    case .channelSlice(let range):
      try object.encode(Slice(from: range.lowerBound, to: range.upperBound), forKey: key)
    case .pad(let payload): try object.encode(payload, forKey: key)
    case .attention(let payload): try object.encode(payload, forKey: key)
    case .table(let payload): try object.encode(payload, forKey: key)
    case .rearrange(let payload): try object.encode(payload, forKey: key)
    case .rowNormalization(let payload): try object.encode(payload, forKey: key)
    case .positionEncoding(let payload): try object.encode(payload, forKey: key)
    case .input, .relu, .silu, .add, .multiply, .globalAveragePool, .flatten, .concatenate:
      try object.encode(Nothing(), forKey: key)
    }
  }

  /// The operation's name, as in JSON.
  public var name: String { key.rawValue }

  /// The names of all operations.
  public static var names: [String] { Key.allCases.map(\.rawValue) }

  private var key: Key {
    switch self {
    case .input: .input
    case .convolution: .convolution
    case .batchNormalization: .batchNormalization
    case .channelAffine: .channelAffine
    case .layerNormalization: .layerNormalization
    case .meanSparse: .meanSparse
    case .relu: .relu
    case .silu: .silu
    case .elementwise: .elementwise
    case .add: .add
    case .multiply: .multiply
    case .maxPool: .maxPool
    case .averagePool: .averagePool
    case .globalAveragePool: .globalAveragePool
    case .flatten: .flatten
    case .linear: .linear
    case .normalize: .normalize
    case .concatenate: .concatenate
    case .channelShuffle: .channelShuffle
    case .channelSlice: .channelSlice
    case .pad: .pad
    case .attention: .attention
    case .table: .table
    case .rearrange: .rearrange
    case .rowNormalization: .rowNormalization
    case .positionEncoding: .positionEncoding
    }
  }
}
