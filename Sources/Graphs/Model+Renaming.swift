import Tensors

extension Model {
  /// The model with other parameter names.
  ///
  /// Where two names would become one, the second keeps a number behind it.
  ///
  /// - Parameter rename: gives the new name of an old one.
  /// - Returns: a model of equal function.
  public func renamingParameters(_ rename: (String) -> String) -> Model {
    var names: [String: String] = [:]
    var taken: Set<String> = []
    for old in parameters.keys.sorted() {
      var new = rename(old)
      var number = 1
      while !taken.insert(new).inserted {
        number += 1
        new = rename(old) + "_\(number)"
      }
      names[old] = new
    }
    var result = self
    result.parameters = Dictionary(
      uniqueKeysWithValues: parameters.map { (names[$0.key] ?? $0.key, $0.value) })
    for position in graph.nodes.indices {
      result.graph.nodes[position].operation = graph.nodes[position].operation
        .renamingParameters { names[$0] ?? $0 }
    }
    return result
  }
}

extension Operation {
  /// The operation with other parameter names.
  ///
  /// - Parameter rename: gives the new name of an old one.
  /// - Returns: an operation of equal function.
  public func renamingParameters(_ rename: (String) -> String) -> Operation {
    switch self {
    case .convolution(var convolution):
      convolution.weight = rename(convolution.weight)
      convolution.bias = convolution.bias.map(rename)
      return .convolution(convolution)
    case .linear(var linear):
      linear.weight = rename(linear.weight)
      linear.bias = linear.bias.map(rename)
      return .linear(linear)
    case .batchNormalization(var norm):
      norm.weight = rename(norm.weight)
      norm.bias = rename(norm.bias)
      norm.mean = rename(norm.mean)
      norm.variance = rename(norm.variance)
      return .batchNormalization(norm)
    case .channelAffine(var affine):
      affine.scale = rename(affine.scale)
      affine.shift = affine.shift.map(rename)
      return .channelAffine(affine)
    case .layerNormalization(var norm):
      norm.weight = rename(norm.weight)
      norm.bias = rename(norm.bias)
      return .layerNormalization(norm)
    case .meanSparse(var sparse):
      sparse.mean = rename(sparse.mean)
      sparse.variance = rename(sparse.variance)
      sparse.threshold = rename(sparse.threshold)
      return .meanSparse(sparse)
    case .attention(var attention):
      attention.bias = attention.bias.map(rename)
      return .attention(attention)
    case .table(var table):
      table.parameter = rename(table.parameter)
      return .table(table)
    case .rowNormalization(var norm):
      norm.temperature = norm.temperature.map(rename)
      return .rowNormalization(norm)
    case .input, .relu, .silu, .elementwise, .add, .multiply, .maxPool, .averagePool,
      .globalAveragePool, .flatten,
      .normalize, .concatenate, .channelShuffle, .channelSlice, .pad, .rearrange,
      .positionEncoding:
      return self
    }
  }
}
