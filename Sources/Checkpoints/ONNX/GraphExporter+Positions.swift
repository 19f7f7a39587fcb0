import Graphs
import Tensors

/// What is computed of the channels of each position, which stand last for it.
extension GraphExporter {
  mutating func add(_ norm: LayerNormalization, _ position: Int) -> Value {
    let parameters = [norm.weight, norm.bias].map { parameter($0) }
    return withChannelsLast(input(of: position)) { exporter, source in
      exporter.append(
        "LayerNormalization", [source] + parameters,
        [.init("axis", -1), .init("epsilon", Float(norm.epsilon))])
    }
  }

  /// A linear layer of each position.
  mutating func addToEachPosition(_ linear: Linear, _ position: Int) -> Value {
    let turned = append("Transpose", [parameter(linear.weight)], [.init("perm", [1, 0])])
    let bias = linear.bias.map { parameter($0) }
    return withChannelsLast(input(of: position)) { exporter, source in
      let product = exporter.append("MatMul", [source, turned])
      return bias.map { exporter.append("Add", [product, $0]) } ?? product
    }
  }

  /// A mean in place of each value near it.
  mutating func add(_ sparse: MeanSparse, _ position: Int) -> Value {
    let source = input(of: position)
    let threshold = model.parameters[sparse.threshold]?[0] ?? 0
    let bounds = model.parameters[sparse.variance]?.elements.map {
      threshold * $0.squareRoot()
    }
    let mean = perChannel(model.parameters[sparse.mean]?.elements ?? [], for: source)
    let distance = append("Abs", [append("Sub", [source.name, mean])])
    let isNear = append("Less", [distance, perChannel(bounds ?? [], for: source)])
    return Value(
      name: append("Where", [isNear, mean, source.name]), isVector: source.isVector)
  }

  private mutating func withChannelsLast(
    _ source: Value, _ body: (_ exporter: inout GraphExporter, _ source: String) -> String
  ) -> Value {
    if source.isVector { return Value(name: body(&self, source.name), isVector: true) }
    let turned = append("Transpose", [source.name], [.init("perm", [0, 2, 3, 1])])
    let result = body(&self, turned)
    return Value(
      name: append("Transpose", [result], [.init("perm", [0, 3, 1, 2])]), isVector: false)
  }
}
