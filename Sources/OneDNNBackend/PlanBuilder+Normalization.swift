internal import CKernels
internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

/// The buffers that going backward through a batch normalisation needs again.
struct NormalizationBuffers {
  /// One value a channel: what is subtracted, and γ/√(σ² + ε).
  var mean: ArenaPlan.Buffer, scale: ArenaPlan.Buffer
  /// The deviations in double precision.
  var moments: BatchMoments
}

extension PlanBuilder {
  /// A batch normalisation with everything that is fused behind it.
  ///
  /// Source: Ioffe & Szegedy, *Batch normalization*, 2015, algorithm 1.
  mutating func appendBatchNormalization(
    _ stage: Stage, _ norm: BatchNormalization, plus other: Int?, _ activation: Stage.Activation
  ) throws(BackendError) {
    let input = stage.inputs[0]
    let source = self.activation(input)
    let buffers = try appendStatistics(norm, of: input)
    let shift = try vector(norm.bias, of: network.shapes[input].channels)
    let addend = other.map { self.activation($0) }
    let target = buffer(for: stage.output)
    let mask = newMask(for: stage.output, activation)
    let (shape, team) = (kernelsShape(stage.output), team)
    activations[stage.output] = target
    let touched = [source, target, buffers.mean, buffers.scale] + shift.buffers
    append(touching: touched + (addend.map { [$0] } ?? []) + (mask.map { [$0] } ?? [])) { resolve in
      let (x, y, b) = (resolve(source), resolve(target), shift.floats(resolve))
      let (center, a) = (resolve(buffers.mean), resolve(buffers.scale))
      let (z, bits) = (addend.map { resolve($0) }, mask.map { resolve($0).bits })
      return { _ in
        team.run(shape) { part in
          kernels_normalize(
            part.shape, x + part.values, center, a, b, z.map { $0 + part.values },
            y + part.values, bits.map { $0 + part.pixels })
        }
      }
    }
    normalizations[stage.output] = buffers
  }

  /// Mean and scale of every channel, from the batch or from running statistics.
  private mutating func appendStatistics(
    _ norm: BatchNormalization, of input: Int
  ) throws(BackendError) -> NormalizationBuffers {
    guard let training else {
      preconditionFailure("normalisations are frozen unless a network is trained")
    }
    let (shape, team) = (kernelsShape(input), team)
    let channels = network.shapes[input].channels
    let rows = padded(channels)
    let moments = BatchMoments(
      norm, count: batch * network.shapes[input].area, channels: rows)
    let buffers = NormalizationBuffers(
      mean: buffer(bytes: rows * MemoryLayout<Float>.stride),
      scale: buffer(bytes: rows * MemoryLayout<Float>.stride), moments: moments)
    let store = training.store
    switch training.statistics {
    case .batch:
      store.moments.append(moments)
      let parts = doubleRows(2 * batch * rows)
      let source = activation(input)
      append(touching: [source, parts]) { resolve in
        let (x, means) = (resolve(source), resolve(parts).doubles)
        let squares = means + shape.images * rows
        return { _ in
          team.run(shape) { part in
            kernels_moments(part.shape, x + part.values, means + part.rows, squares + part.rows)
          }
          kernels_combine_moments(shape, means, squares, &moments.mean, &moments.variance)
        }
      }
    case .running:
      append(touching: []) { _ in
        { _ in
          let (mean, variance) = (store.values(of: norm.mean), store.values(of: norm.variance))
          for channel in 0..<channels {
            moments.mean[channel] = Double(mean[channel])
            moments.variance[channel] = Double(variance[channel])
          }
        }
      }
    }
    append(touching: [buffers.mean, buffers.scale]) { resolve in
      let (center, scale) = (resolve(buffers.mean), resolve(buffers.scale))
      return { _ in
        let weight = store.values(of: norm.weight)
        for channel in 0..<rows {
          let factor = channel < channels ? Double(weight[channel]) : 0
          center[channel] = Float(moments.mean[channel])
          scale[channel] = Float(factor * moments.inverseDeviation(channel))
        }
      }
    }
    return buffers
  }

  /// Gradients of the input, the other summand, the weight and the bias.
  ///
  /// Source: Ioffe & Szegedy, *Batch normalization*, 2015, §3, collected.
  mutating func appendBatchNormalizationBackward(
    _ stage: Stage, _ norm: BatchNormalization, plus other: Int?, _ cotangent: ArenaPlan.Buffer
  ) throws(BackendError) {
    guard let training, let buffers = normalizations[stage.output] else {
      preconditionFailure("a stage goes forward before it goes backward")
    }
    let input = stage.inputs[0]
    // With another summand the cotangent was masked for both.
    let mask = other == nil ? masks[stage.output] : nil
    let rows = padded(network.shapes[input].channels)
    let share = buffer(bytes: rows * MemoryLayout<Float>.stride)
    let slope = buffer(bytes: rows * MemoryLayout<Float>.stride)
    if training.statistics == .batch || training.derivatives.contains(.parameters) {
      appendCotangentSums(stage, norm, cotangent, mask, share: share, slope: slope)
    }
    if let other { contributions[other, default: []].append(cotangent) }
    if !wanted.contains(input) { return }
    let (addend, target) = accumulator(for: input, replacing: cotangent)
    let source = activation(input)
    let (shape, team) = (kernelsShape(input), team)
    let touched = [cotangent, target, source, buffers.mean, buffers.scale, share, slope]
    append(
      touching: touched + (addend.map { [$0] } ?? []) + (mask.map { [$0] } ?? [])
    ) { resolve in
      let (c, x, g) = (resolve(cotangent), resolve(source), resolve(target))
      let (center, a) = (resolve(buffers.mean), resolve(buffers.scale))
      let (level, tilt) = (resolve(share), resolve(slope))
      let (z, bits) = (addend.map { resolve($0) }, mask.map { resolve($0).bits })
      let usesBatch = training.statistics == .batch
      return { _ in
        team.run(shape) { part in
          let bits = bits.map { $0 + part.pixels }
          let z = z.map { $0 + part.values }
          if usesBatch {
            kernels_normalize_backward(
              part.shape, c + part.values, bits, x + part.values, center, a, level, tilt, z,
              g + part.values)
          } else {
            kernels_affine_backward(part.shape, c + part.values, a, bits, z, g + part.values)
          }
        }
      }
    }
  }

  /// The gradients of weight and bias, and what batch statistics take off every pixel's.
  private mutating func appendCotangentSums(
    _ stage: Stage, _ norm: BatchNormalization, _ cotangent: ArenaPlan.Buffer,
    _ mask: ArenaPlan.Buffer?, share: ArenaPlan.Buffer, slope: ArenaPlan.Buffer
  ) {
    guard let training, let buffers = normalizations[stage.output] else { return }
    let input = stage.inputs[0]
    let (shape, team, source) = (kernelsShape(input), team, activation(input))
    let channels = network.shapes[input].channels
    let rows = padded(channels)
    let parts = doubleRows((2 * batch + 2) * rows)
    let moments = buffers.moments
    let isGiven = training.derivatives.contains(.parameters)
    let isFirst = isGiven ? differentiated.insert(norm.weight).inserted : false
    if isGiven { differentiated.insert(norm.bias) }
    let touched = [cotangent, source, buffers.mean, parts, share, slope]
    append(touching: touched + (mask.map { [$0] } ?? [])) { resolve in
      let (c, x, center) = (resolve(cotangent), resolve(source), resolve(buffers.mean))
      let (bits, sums) = (mask.map { resolve($0).bits }, resolve(parts).doubles)
      let products = sums + shape.images * rows
      let (sum, product) = (products + shape.images * rows, products + (shape.images + 1) * rows)
      let (level, tilt) = (resolve(share), resolve(slope))
      return { _ in
        team.run(shape) { part in
          kernels_cotangent_sums(
            part.shape, c + part.values, bits.map { $0 + part.pixels }, x + part.values, center,
            sums + part.rows, products + part.rows)
        }
        kernels_total(shape, sums, sum)
        kernels_total(shape, products, product)
        for channel in 0..<rows {
          let factor = moments.inverseDeviation(channel)
          level[channel] = Float(sum[channel] / Double(moments.count))
          tilt[channel] = Float(product[channel] * factor * factor / Double(moments.count))
        }
        if !isGiven { return }
        let store = training.store
        let (weight, bias) = (store.gradient(of: norm.weight), store.gradient(of: norm.bias))
        for channel in 0..<channels {
          let slope = Float(product[channel] * moments.inverseDeviation(channel))
          weight[channel] = slope + (isFirst ? 0 : weight[channel])
          bias[channel] = Float(sum[channel]) + (isFirst ? 0 : bias[channel])
        }
      }
    }
  }

  private mutating func doubleRows(_ count: Int) -> ArenaPlan.Buffer {
    buffer(bytes: count * MemoryLayout<Double>.stride)
  }
}

extension BatchMoments {
  /// 1/√(σ² + ε).
  func inverseDeviation(_ channel: Int) -> Double {
    1 / (variance[channel] + norm.epsilon).squareRoot()
  }
}

extension UnsafeMutablePointer<Float> {
  /// The same address as doubles.
  var doubles: UnsafeMutablePointer<Double> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: Double.self)
  }
}
