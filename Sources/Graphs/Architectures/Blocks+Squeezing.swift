import Tensors

/// What stands behind a convolution.
enum BlockActivation {
  case relu
  case silu
  case function(ElementFunction)
}

/// Whether each channel of a branch is multiplied by a number that depends on all.
enum Gating {
  case gated
  case plain
}

extension GraphBuilder {
  /// The function of each value.
  mutating func activated(_ x: Value, by activation: BlockActivation, _ name: String) -> Value {
    switch activation {
    case .relu: relu(x, name)
    case .silu: silu(x, name)
    case .function(let function): elementwise(x, function, name)
    }
  }

  /// Each channel times a number that two layers compute from the means of all.
  ///
  /// Source: Hu, Shen & Sun, *Squeeze-and-excitation networks*, CVPR 2018, §3; layers `fc1` and `fc2`.
  mutating func squeezedAndExcited(
    _ x: Value, _ name: String, inner: Int, by activation: BlockActivation = .relu,
    gate: ElementFunction = .sigmoid
  ) -> Value {
    let means = globalAveragePool(x, name + ".pooled")
    var y = convolution(means, name + ".fc1", channels: inner, kernel: 1, bias: .present)
    y = activated(y, by: activation, name + ".activation")
    y = convolution(y, name + ".fc2", channels: x.shape.channels, kernel: 1, bias: .present)
    return multiply(x, by: elementwise(y, gate, name + ".gate"), name)
  }

  /// The largest value of each window, of which the last may reach over the end.
  mutating func maxPoolRoundingUp(
    _ x: Value, kernel: Int, stride: Int, _ name: String = "maxpool"
  ) -> Value {
    func excess(_ size: Int) -> Int {
      size <= kernel ? 0 : (stride - (size - kernel) % stride) % stride
    }
    let padding = Padding(
      top: 0, left: 0, bottom: excess(x.shape.height), right: excess(x.shape.width))
    return maxPool(
      x, Pooling(kernel: Size(kernel), stride: Size(stride), padding: padding), name)
  }
}

/// Whether values near the mean of their channel are replaced by it.
enum Sparsity {
  case dense
  case meanCentred
}

extension GraphBuilder {
  /// The value, or what a mean-centred sparsification makes of it.
  mutating func sparsified(_ x: Value, _ name: String, _ sparsity: Sparsity) -> Value {
    switch sparsity {
    case .dense: x
    case .meanCentred: meanSparse(x, name)
    }
  }
}

extension Int {
  /// The multiple of 8 that is nearest to a number, not less than 8 nor than nine tenths of it.
  static func multipleOf8(near number: Double) -> Int {
    let nearest = Swift.max(8, Int(number + 4) / 8 * 8)
    return Double(nearest) < 0.9 * number ? nearest + 8 : nearest
  }

  /// A quarter; halves go to the even neighbour.
  var quarter: Int { Int((Double(self) / 4).rounded(.toNearestOrEven)) }
}
