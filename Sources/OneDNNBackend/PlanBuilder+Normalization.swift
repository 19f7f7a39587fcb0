internal import CKernels
internal import Execution
internal import Graphs
internal import Tensors

/// What the kernels of a batch normalisation read.
private struct NormalizationBuffers {
  /// One value a channel: what is subtracted, and γ/√(σ² + ε).
  let mean: Buffer, scale: Buffer
  /// The deviations in double precision.
  let moments: BatchMoments
}

extension PlanBuilder {
  /// A batch normalisation with everything that is fused behind it.
  ///
  /// Source: Ioffe & Szegedy, *Batch normalization*, 2015, algorithm 1.
  mutating func appendBatchNormalization(
    _ stage: Stage, _ norm: BatchNormalization, plus other: Int?, _ activation: Stage.Activation
  ) throws(BackendError) -> WayBack {
    let input = stage.inputs[0]
    let source = self.activation(input)
    let buffers = appendStatistics(norm, of: input)
    let shift = try vector(norm.bias, of: network.shapes[input].channels)
    let addend = other.map { self.activation($0) }
    let target = newActivation(stage.output)
    let mask = mask(for: stage.output, activation)
    let (shape, team) = (kernelsShape(stage.output), team)
    program.record { step in
      let (x, b, z) = (step.reads(source), step.reads(shift), addend.map { step.reads($0) })
      let (center, a) = (step.reads(buffers.mean), step.reads(buffers.scale))
      let (y, bits) = (step.writes(target), mask.map { step.writes($0) })
      return { _ in
        team.run(shape) { part in
          kernels_normalize(
            part.shape, x.floats + part.values, center.floats, a.floats, b.floats,
            z.map { $0.floats + part.values }, y.floats + part.values,
            bits.map { $0.bits + part.pixels })
        }
      }
    }
    guard let other else {
      return WayBack { (builder, cotangent) throws(BackendError) in
        builder.appendBatchNormalizationBack(norm, buffers, input, cotangent, mask)
      }
    }
    // The cotangent is masked for both summands.
    return WayBack(mask: mask) { (builder, cotangent) throws(BackendError) in
      builder.contribute(cotangent, to: other)
      builder.appendBatchNormalizationBack(norm, buffers, input, cotangent, nil)
    }
  }

  /// Mean and scale of every channel, from the batch or from running statistics.
  private mutating func appendStatistics(
    _ norm: BatchNormalization, of input: Int
  ) -> NormalizationBuffers {
    guard let training else {
      preconditionFailure("normalisations are frozen unless a network is trained")
    }
    let channels = network.shapes[input].channels
    let rows = padded(channels)
    let moments = BatchMoments(
      norm, count: batch * network.shapes[input].area, channels: rows)
    switch training.statistics {
    case .batch: appendBatchMoments(moments, of: input)
    case .running: appendRunningMoments(moments, channels: channels)
    }
    let buffers = NormalizationBuffers(
      mean: buffer(of: Float.self, count: rows), scale: buffer(of: Float.self, count: rows),
      moments: moments)
    let store = training.store
    program.record { step in
      let (center, scale) = (step.writes(buffers.mean), step.writes(buffers.scale))
      return { _ in
        store.withValues(of: norm.weight) { weight in
          for channel in 0..<rows {
            let factor = channel < channels ? Double(weight[channel]) : 0
            center.floats[channel] = Float(moments.mean[channel])
            scale.floats[channel] = Float(factor * moments.inverseDeviation(channel))
          }
        }
      }
    }
    return buffers
  }

  private mutating func appendBatchMoments(_ moments: BatchMoments, of input: Int) {
    guard let training else { return }
    training.store.moments.append(moments)
    let (ranks, own) = (training.ranks, moments.count)
    let (shape, team, source) = (kernelsShape(input), team, activation(input))
    let rows = shape.blocks * 16
    let parts = buffer(of: Double.self, count: 2 * batch * rows)
    program.record { step in
      let (x, parts) = (step.reads(source), step.writes(parts))
      return { _ in
        let means = parts.doubles
        let squares = means + shape.images * rows
        team.run(shape) { part in
          kernels_moments(
            part.shape, x.floats + part.values, means + part.rows, squares + part.rows)
        }
        kernels_combine_moments(shape, means, squares, &moments.mean, &moments.variance)
        moments.join(ranks, own: own)
      }
    }
  }

  private mutating func appendRunningMoments(_ moments: BatchMoments, channels: Int) {
    guard let store = training?.store else { return }
    program.record { _ in
      { _ in
        store.withValues(of: moments.norm.mean) { mean in
          for channel in 0..<channels { moments.mean[channel] = Double(mean[channel]) }
        }
        store.withValues(of: moments.norm.variance) { variance in
          for channel in 0..<channels { moments.variance[channel] = Double(variance[channel]) }
        }
      }
    }
  }

  /// Gradients of the input, the weight and the bias.
  ///
  /// Source: Ioffe & Szegedy, *Batch normalization*, 2015, §3, collected.
  private mutating func appendBatchNormalizationBack(
    _ norm: BatchNormalization, _ buffers: NormalizationBuffers, _ input: Int,
    _ cotangent: Buffer, _ mask: Buffer?
  ) {
    let usesBatch = usesBatchStatistics
    let sums =
      usesBatch || training?.derivatives.contains(.parameters) == true
      ? appendCotangentSums(norm, buffers, input, cotangent, mask) : nil
    guard let sums, usesBatch else {
      return appendScaling(.buffer(buffers.scale), mask: mask, cotangent, to: input)
    }
    if !wanted.contains(input) { return }
    let (shape, team, source) = (kernelsShape(input), team, activation(input))
    let (addend, target) = accumulator(for: input)
    program.record { step in
      let (c, x) = (step.reads(cotangent), step.reads(source))
      let (center, a) = (step.reads(buffers.mean), step.reads(buffers.scale))
      let (level, tilt) = (step.reads(sums.share), step.reads(sums.slope))
      let (z, bits) = (addend.map { step.reads($0) }, mask.map { step.reads($0) })
      let g = step.writes(target, mayOverwrite: [addend, cotangent].compactMap { $0 })
      return { _ in
        team.run(shape) { part in
          kernels_normalize_backward(
            part.shape, c.floats + part.values, bits.map { $0.bits + part.pixels },
            x.floats + part.values, center.floats, a.floats, level.floats, tilt.floats,
            z.map { $0.floats + part.values }, g.floats + part.values)
        }
      }
    }
  }

  /// The gradients of weight and bias, and what batch statistics take off every pixel's.
  private mutating func appendCotangentSums(
    _ norm: BatchNormalization, _ buffers: NormalizationBuffers, _ input: Int,
    _ cotangent: Buffer, _ mask: Buffer?
  ) -> (share: Buffer, slope: Buffer) {
    let (shape, team, source) = (kernelsShape(input), team, activation(input))
    let rows = shape.blocks * 16
    let moments = buffers.moments
    let ranks: any Ranks = usesBatchStatistics ? training?.ranks ?? SingleRank() : SingleRank()
    let parts = buffer(of: Double.self, count: 2 * batch * rows)
    let totals = buffer(of: Double.self, count: 2 * rows)
    let (share, slope) = (
      buffer(of: Float.self, count: rows), buffer(of: Float.self, count: rows)
    )
    program.record { step in
      let (c, x, center) = (step.reads(cotangent), step.reads(source), step.reads(buffers.mean))
      let bits = mask.map { step.reads($0) }
      let (parts, totals) = (step.writes(parts), step.writes(totals))
      let (level, tilt) = (step.writes(share), step.writes(slope))
      return { _ in
        let sums = parts.doubles
        let products = sums + shape.images * rows
        let (sum, product) = (totals.doubles, totals.doubles + rows)
        team.run(shape) { part in
          kernels_cotangent_sums(
            part.shape, c.floats + part.values, bits.map { $0.bits + part.pixels },
            x.floats + part.values, center.floats, sums + part.rows, products + part.rows)
        }
        kernels_total(shape, sums, sum)
        kernels_total(shape, products, product)
        let own = (0..<2 * rows).map { sum[$0] }
        // The sums of this share alone stay what weight and bias get, which are added up later.
        let all = ranks.count == 1 ? own : ranks.exchange(own).total
        for channel in 0..<rows {
          let factor = moments.inverseDeviation(channel)
          level.floats[channel] = Float(all[channel] / Double(moments.count))
          tilt.floats[channel] = Float(
            all[rows + channel] * factor * factor / Double(moments.count))
        }
      }
    }
    appendNormalizationGradients(norm, moments, totals, of: network.shapes[input].channels)
    return (share, slope)
  }

  /// Hands the gradients of weight and bias over, made of the sums of all channels.
  private mutating func appendNormalizationGradients(
    _ norm: BatchNormalization, _ moments: BatchMoments, _ totals: Buffer, of channels: Int
  ) {
    guard let training, training.derivatives.contains(.parameters) else { return }
    let store = training.store
    let isFirst = differentiated.insert(norm.weight).inserted
    differentiated.insert(norm.bias)
    for name in [norm.weight, norm.bias] { store.announceGradient(of: name) }
    program.record { step in
      let totals = step.reads(totals)
      return { _ in
        let (sum, product) = (totals.doubles, totals.doubles + padded(channels))
        store.withGradient(of: norm.weight) { weight in
          for channel in 0..<channels {
            let slope = Float(product[channel] * moments.inverseDeviation(channel))
            weight[channel] = slope + (isFirst ? 0 : weight[channel])
          }
        }
        store.withGradient(of: norm.bias) { bias in
          for channel in 0..<channels {
            bias[channel] = Float(sum[channel]) + (isFirst ? 0 : bias[channel])
          }
        }
      }
    }
  }
}

extension PlanBuilder {
  fileprivate var usesBatchStatistics: Bool { training?.statistics == .batch }
}

extension [[Double]] {
  /// The sums of rows of one length, place by place, in their order.
  fileprivate var total: [Double] {
    dropFirst().reduce(self[0]) { sums, row in zip(sums, row).map { $0 + $1 } }
  }
}

extension BatchMoments {
  /// 1/√(σ² + ε).
  fileprivate func inverseDeviation(_ channel: Int) -> Double {
    1 / (variance[channel] + norm.epsilon).squareRoot()
  }
}
