internal import Execution
internal import Tensors

/// The gradient of the loss with respect to every trainable parameter.
struct LossGradient {
  private(set) var tensors: [String: Tensor]

  init(_ tensors: [String: Tensor], images: Tensor?) {
    self.tensors = tensors
    self.images = images
  }

  /// With respect to the images of the last pass, where that was asked for.
  let images: Tensor?

  /// Adds up what the passes contributed.
  ///
  /// - Parameter passes: at least one; not all have every parameter.
  init(summing passes: [Gradients]) {
    tensors = passes.first?.parameters ?? [:]
    images = passes.last?.images
    for pass in passes.dropFirst() {
      for (name, tensor) in pass.parameters { add(tensor, to: name) }
    }
  }

  /// Adds to one parameter's gradient, which need not be there.
  mutating func add(_ tensor: Tensor, to name: String) {
    if tensors[name]?.add(tensor) == nil { tensors[name] = tensor }
  }

  /// Leaves only some parameters' gradients.
  mutating func restrict(to names: Set<String>) {
    tensors = tensors.filter { names.contains($0.key) }
  }

  /// The Euclidean norm, summed up parameter by parameter in the order of names.
  var norm: Double {
    tensors.keys.sorted().reduce(0) { $0 + (tensors[$1]?.squaredNorm ?? 0) }.squareRoot()
  }

  /// The first parameter in the order of names whose gradient is NaN or infinite somewhere.
  var firstNotFinite: String? {
    tensors.keys.sorted().first { tensors[$0].map { !$0.squaredNorm.isFinite } ?? false }
  }
}

extension Tensor {
  /// Σ x², in double precision in a fixed order.
  var squaredNorm: Double {
    withUnsafeElements { elements in
      // Eight sums, so that the loop vectorises without changing with the machine.
      var sums = SIMD8<Double>.zero
      let whole = elements.count / 8 * 8
      for start in stride(from: 0, to: whole, by: 8) {
        var values = SIMD8<Double>.zero
        for lane in 0..<8 { values[lane] = Double(elements[start + lane]) }
        sums += values * values
      }
      var total = sums.sum()
      for position in whole..<elements.count {
        total += Double(elements[position]) * Double(elements[position])
      }
      return total
    }
  }

  mutating func add(_ other: Tensor) {
    withUnsafeMutableElements { own in
      other.withUnsafeElements { theirs in
        for position in own.indices { own[position] += theirs[position] }
      }
    }
  }
}
