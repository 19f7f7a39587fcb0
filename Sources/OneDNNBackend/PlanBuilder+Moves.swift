internal import CKernels
internal import Execution
internal import Graphs
internal import Tensors

/// Stages that only put values elsewhere, and their ways back.
extension PlanBuilder {
  /// Channels of the inputs at new places, the rest filled with a value.
  mutating func appendMove(_ stage: Stage, _ moves: ChannelMoves) -> WayBack {
    let sources = stage.inputs.map { activation($0) }
    let target = newActivation(stage.output)
    appendFill(target, stage.output, with: moves.fill)
    for (number, source) in sources.enumerated() {
      let copy = ChannelCopy(
        moves, number, small: network.shapes[stage.inputs[number]],
        large: network.shapes[stage.output], batch: batch)
      program.record { step in
        let (x, y) = (step.reads(source), step.changes(target))
        return { _ in copy.toOutput(from: x.floats, to: y.floats) }
      }
    }
    return WayBack { (builder, cotangent) throws(BackendError) in
      for number in stage.inputs.indices {
        builder.appendMoveBack(stage, moves, number, cotangent)
      }
    }
  }

  private mutating func appendMoveBack(
    _ stage: Stage, _ moves: ChannelMoves, _ number: Int, _ cotangent: Buffer
  ) {
    let input = stage.inputs[number]
    if !wanted.contains(input) { return }
    let gradient = buffer(for: input)
    appendFill(gradient, input, with: 0)
    let copy = ChannelCopy(
      moves, number, small: network.shapes[input], large: network.shapes[stage.output],
      batch: batch)
    program.record { step in
      let (y, x) = (step.reads(cotangent), step.changes(gradient))
      return { _ in copy.toInput(from: y.floats, to: x.floats) }
    }
    contribute(gradient, to: input)
  }

  /// Zeros, and in the real channels a value.
  private mutating func appendFill(_ target: Buffer, _ value: Int, with fill: Float) {
    let (shape, batch) = (network.shapes[value], batch)
    program.record { step in
      let target = step.writes(target)
      return { _ in
        target.floats.update(repeating: 0, count: batch * shape.paddedCount)
        if fill != 0 { shape.fill(target.floats, batch: batch, with: fill) }
      }
    }
  }

  /// Pixels of channels become channels of one pixel.
  mutating func appendFlatten(_ stage: Stage) -> WayBack {
    let input = stage.inputs[0]
    let source = activation(input)
    let target = newActivation(stage.output)
    let (shape, channels) = (kernelsShape(input), network.shapes[input].channels)
    program.record { step in
      let (x, y) = (step.reads(source), step.writes(target))
      return { _ in kernels_flatten(shape, channels, x.floats, y.floats) }
    }
    return WayBack { (builder, cotangent) throws(BackendError) in
      if !builder.wanted.contains(input) { return }
      let gradient = builder.buffer(for: input)
      builder.program.record { step in
        let (y, x) = (step.reads(cotangent), step.writes(gradient))
        return { _ in kernels_unflatten(shape, channels, y.floats, x.floats) }
      }
      builder.contribute(gradient, to: input)
    }
  }
}

/// Copies channels between an input of a move and its output.
private struct ChannelCopy {
  private let batch: Int
  private let small: FeatureShape
  private let inputWindow, outputWindow: kernels_window
  private let from, to: [Int32]

  init(
    _ moves: ChannelMoves, _ number: Int, small: FeatureShape, large: FeatureShape, batch: Int
  ) {
    self.batch = batch
    self.small = small
    // A larger output holds the image at its offset.
    inputWindow = small.window(top: 0, left: 0)
    outputWindow = large.window(top: moves.top, left: moves.left)
    from = moves.moves[number].map { Int32($0.from) }
    to = moves.moves[number].map { Int32($0.to) }
  }

  func toOutput(from x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>) {
    kernels_copy_channels(
      batch, small.height, small.width, inputWindow, from, x, outputWindow, to, y, from.count)
  }

  func toInput(from y: UnsafePointer<Float>, to x: UnsafeMutablePointer<Float>) {
    kernels_copy_channels(
      batch, small.height, small.width, outputWindow, to, y, inputWindow, from, x, from.count)
  }
}

extension FeatureShape {
  fileprivate func window(top: Int, left: Int) -> kernels_window {
    kernels_window(
      blocks: padded(channels) / 16, height: height, width: width, top: top, left: left)
  }

  /// Sets every value of the real channels.
  fileprivate func fill(_ values: UnsafeMutablePointer<Float>, batch: Int, with value: Float) {
    for image in 0..<batch {
      for channel in 0..<channels {
        let plane = values + image * paddedCount + channel / 16 * area * 16 + channel % 16
        for pixel in 0..<area { plane[pixel * 16] = value }
      }
    }
  }
}
