internal import Execution
internal import Synchronization
internal import Tensors

/// The gradient of the loss with respect to every trainable parameter.
struct LossGradient {
  private(set) var tensors: [String: Tensor]
  /// With respect to the images of the last pass, where that was asked for.
  let images: Tensor?
  /// Every parameter's Σ g².
  private var squaredNorms: [String: Double]

  /// - Parameters:
  ///   - tensors: by parameter.
  ///   - images: with respect to the images of the last pass.
  ///   - threads: how many may work at once.
  init(_ tensors: [String: Tensor], images: Tensor?, threads: Int = 1) {
    self.tensors = tensors
    self.images = images
    let names = tensors.keys.sorted()
    let ordered = names.compactMap { tensors[$0] }
    let results = Mutex([Double](repeating: 0, count: ordered.count))
    // A tensor is one piece, for equal bits whatever the threads.
    ElementBlocks(whole: ordered.map(\.count)).forEach(threads: threads) { tensor, _ in
      let norm = ordered[tensor].squaredNorm
      results.withLock { $0[tensor] = norm }
    }
    squaredNorms = Dictionary(uniqueKeysWithValues: zip(names, results.withLock { $0 }))
  }

  /// Adds to one parameter's gradient, which need not be there.
  mutating func add(_ tensor: Tensor, to name: String) {
    if tensors[name]?.add(tensor) == nil { tensors[name] = tensor }
    squaredNorms[name] = tensors[name]?.squaredNorm
  }

  /// Leaves only some parameters' gradients.
  mutating func restrict(to names: Set<String>) {
    tensors = tensors.filter { names.contains($0.key) }
    squaredNorms = squaredNorms.filter { names.contains($0.key) }
  }

  /// The Euclidean norm, summed up parameter by parameter in the order of names.
  var norm: Double { ordered.reduce(0) { $0 + $1.value }.squareRoot() }

  /// The first parameter in the order of names whose gradient is NaN or infinite somewhere.
  var firstNotFinite: String? { ordered.first { !$0.value.isFinite }?.key }

  private var ordered: [(key: String, value: Double)] {
    squaredNorms.sorted { $0.key < $1.key }
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

extension [String: Tensor] {
  /// Adds up tensors of the same names and shapes, in the order given, in the memory there is.
  ///
  /// - Parameters:
  ///   - parts: not all have every name.
  ///   - threads: how many may work at once.
  mutating func becomeSums(of parts: [[String: Tensor]], threads: Int) {
    let shapes = parts.reduce(into: [:]) { $0.merge($1.mapValues(\.shape)) { first, _ in first } }
    for name in keys where shapes[name] == nil { self[name] = nil }
    var sums: [UnsafeMutableBufferPointer<Float>] = []
    var summands: [[UnsafeBufferPointer<Float>]] = []
    for (name, shape) in shapes {
      // Taken out and put back: a second reference would cost a copy.
      var sum = removeValue(forKey: name) ?? Tensor(shape: shape)
      sum.withUnsafeMutableElements { sums.append($0) }
      self[name] = sum
      summands.append(parts.compactMap { $0[name]?.withUnsafeElements { $0 } })
    }
    withExtendedLifetime((self, parts)) {
      ElementBlocks(of: sums.map(\.count)).forEach(threads: threads) { tensor, elements in
        let sum = sums[tensor].extracting(elements)
        for (number, summand) in summands[tensor].enumerated() {
          let part = summand.extracting(elements)
          if number == 0 {
            _ = sum.update(fromContentsOf: part)
          } else {
            for i in sum.indices { sum[i] += part[i] }
          }
        }
      }
    }
  }
}
