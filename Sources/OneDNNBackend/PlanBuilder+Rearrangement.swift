internal import CKernels
internal import Execution
internal import Graphs
internal import Tensors

/// Which values of a buffer go where in another.
private struct Moves {
  private var from: [Int32] = []
  private var to: [Int32] = []
  /// Whether places are those of whole vectors.
  private var areVectors = false
  private let strides: (source: Int, target: Int)

  /// From one input of a rearrangement to the output.
  init(
    _ sources: [Rearrangement.Source], of number: Int, input: FeatureShape, output: FeatureShape
  ) {
    strides = (input.paddedCount, output.paddedCount)
    for (place, source) in sources.enumerated() where source.input == number {
      from.append(Int32(input.blockedPlace(of: source.place)))
      to.append(Int32(output.blockedPlace(of: place)))
    }
    combine(input, output)
  }

  /// From a parameter to an activation.
  init(_ table: Table) {
    strides = (0, table.shape.paddedCount)
    from = table.places
    to = table.places.indices.map { Int32(table.shape.blockedPlace(of: $0)) }
  }

  /// Takes vectors in place of values, if all values of all vectors stay together.
  ///
  /// Then input and output have the same channels, and what lies beyond the last is zero in both.
  private mutating func combine(_ input: FeatureShape, _ output: FeatureShape) {
    if input.channels != output.channels || !zip(from, to).allSatisfy({ $0 % 16 == $1 % 16 }) {
      return
    }
    var sources: [Int32: Int32] = [:]
    for (source, target) in zip(from, to) {
      let vector = source / 16
      if sources.updateValue(vector, forKey: target / 16) ?? vector != vector { return }
    }
    to = sources.keys.sorted()
    from = to.compactMap { sources[$0] }
    areVectors = true
  }

  func forward(_ images: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    if areVectors {
      kernels_move_vectors(
        images, to.count, from, strides.source / 16, x, to, strides.target / 16, y)
    } else {
      kernels_move(images, to.count, from, strides.source, x, to, strides.target, y)
    }
  }

  func backward(_ images: Int, _ y: UnsafePointer<Float>, _ x: UnsafeMutablePointer<Float>) {
    if areVectors {
      kernels_move_vectors_adding(
        images, to.count, to, strides.target / 16, y, from, strides.source / 16, x)
    } else {
      kernels_move_adding(images, to.count, to, strides.target, y, from, strides.source, x)
    }
  }
}

extension FeatureShape {
  /// Where in the blocked layout a value of the planar one is.
  func blockedPlace(of place: Int) -> Int {
    let (channel, pixel) = (place / area, place % area)
    return (channel / 16 * area + pixel) * 16 + channel % 16
  }
}

extension PlanBuilder {
  /// Values at other places.
  mutating func appendRearrangement(
    _ stage: Stage, _ rearrangement: Rearrangement
  ) -> WayBack {
    let shapes = stage.inputs.map { network.shapes[$0] }
    let output = network.shapes[stage.output]
    let places = rearrangement.sources(from: shapes)
    let moves = shapes.enumerated().map { number, shape in
      Moves(places, of: number, input: shape, output: output)
    }
    let sources = stage.inputs.map { activation($0) }
    let target = newActivation(stage.output)
    program.record { [batch] step in
      let (x, y) = (sources.map { step.reads($0) }, step.writes(target))
      return { _ in
        if output.channels % 16 > 0 {
          y.floats.update(repeating: 0, count: batch * output.paddedCount)
        }
        for (moves, source) in zip(moves, x) { moves.forward(batch, source.floats, y.floats) }
      }
    }
    return WayBack { (builder, cotangent) throws(BackendError) in
      for (input, moves) in zip(stage.inputs, moves) where builder.wanted.contains(input) {
        let gradient = builder.buffer(for: input)
        let count = builder.batch * builder.network.shapes[input].paddedCount
        builder.program.record { [batch = builder.batch] step in
          let (y, x) = (step.reads(cotangent), step.writes(gradient))
          return { _ in
            x.floats.update(repeating: 0, count: count)
            moves.backward(batch, y.floats, x.floats)
          }
        }
        builder.contribute(gradient, to: input)
      }
    }
  }

  /// A parameter as an activation.
  mutating func appendTable(_ stage: Stage, _ table: Table) throws(BackendError) -> WayBack {
    let (moves, count) = (Moves(table), table.shape.count)
    let values = try vector(table.parameter, of: count)
    let target = newActivation(stage.output)
    program.record { [batch] step in
      let (x, y) = (step.reads(values), step.writes(target))
      return { _ in
        y.floats.update(repeating: 0, count: batch * table.shape.paddedCount)
        moves.forward(batch, x.floats, y.floats)
      }
    }
    return WayBack { (builder, cotangent) throws(BackendError) in
      if builder.training?.derivatives.contains(.parameters) != true { return }
      let gradient = builder.buffer(of: Float.self, count: count)
      builder.program.record { [batch = builder.batch] step in
        let (y, x) = (step.reads(cotangent), step.writes(gradient))
        return { _ in
          x.floats.update(repeating: 0, count: count)
          moves.backward(batch, y.floats, x.floats)
        }
      }
      builder.appendGradient(of: table.parameter, count: count, gradient)
    }
  }
}
