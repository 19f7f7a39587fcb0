internal import Tensors

/// One parameter's step of gradient descent with momentum and weight decay.
///
/// g ← g + λw; b ← μb + g, in the first step b ← g; w ← w − η·b, with Nesterov w ← w − η(g + μb).
struct GradientDescent<Value: BinaryFloatingPoint> {
  var learningRate: Value
  var momentum: Value
  var kind: Optimizer.Momentum
  var decay: Value

  /// Takes the first step, in which the running sum is the gradient.
  func start(
    _ weights: UnsafeMutableBufferPointer<Value>, sums: UnsafeMutableBufferPointer<Value>,
    gradient: UnsafeBufferPointer<Value>
  ) {
    for position in weights.indices {
      let slope = gradient[position] + decay * weights[position]
      sums[position] = slope
      weights[position] -= learningRate * direction(slope, sum: slope)
    }
  }

  /// Takes a later step.
  func step(
    _ weights: UnsafeMutableBufferPointer<Value>, sums: UnsafeMutableBufferPointer<Value>,
    gradient: UnsafeBufferPointer<Value>
  ) {
    for position in weights.indices {
      let slope = gradient[position] + decay * weights[position]
      let sum = momentum * sums[position] + slope
      sums[position] = sum
      weights[position] -= learningRate * direction(slope, sum: sum)
    }
  }

  @inline(__always)
  private func direction(_ slope: Value, sum: Value) -> Value {
    switch kind {
    case .heavyBall: sum
    case .nesterov: slope + momentum * sum
    }
  }
}

extension TrainingState {
  /// Moves every trainable parameter along its gradient, in place.
  mutating func descend(
    _ gradient: LossGradient, _ optimizer: Optimizer, learningRate: Double, momentum: Double,
    threads: Int
  ) {
    var descents: [ParameterDescent] = []
    for (name, slope) in gradient.tensors {
      let descent = GradientDescent<Float>(
        learningRate: Float(learningRate), momentum: Float(momentum), kind: optimizer.kind,
        decay: Float(optimizer.decay(of: name)))
      let isFirst = self.momentum[name] == nil
      // Taken out and put back: a second reference would cost a copy.
      var sums = self.momentum.removeValue(forKey: name) ?? Tensor(shape: slope.shape)
      parameters[name]?.withUnsafeMutableElements { weights in
        sums.withUnsafeMutableElements { sums in
          slope.withUnsafeElements { slope in
            descents.append(
              ParameterDescent(
                descent: descent, isFirst: isFirst, weights: weights, sums: sums,
                gradient: slope))
          }
        }
      }
      self.momentum[name] = sums
    }
    withExtendedLifetime(gradient) {
      ElementBlocks(of: descents.map(\.weights.count)).forEach(threads: threads) {
        descents[$0].move($1)
      }
    }
  }
}

/// One parameter's step; whoever makes it keeps the memory.
private struct ParameterDescent {
  var descent: GradientDescent<Float>
  var isFirst: Bool
  var weights: UnsafeMutableBufferPointer<Float>
  var sums: UnsafeMutableBufferPointer<Float>
  var gradient: UnsafeBufferPointer<Float>

  func move(_ elements: Range<Int>) {
    let (weights, sums) = (weights.extracting(elements), sums.extracting(elements))
    let gradient = gradient.extracting(elements)
    if isFirst {
      descent.start(weights, sums: sums, gradient: gradient)
    } else {
      descent.step(weights, sums: sums, gradient: gradient)
    }
  }
}
