import Graphs
import Tensors

/// A layer that only moves values: each output comes from at most one input position.
protocol RearrangingLayer: Layer {
  /// Calls a closure with every output position that has a source.
  func visit(_ values: Pass, _ move: (_ output: Int, _ input: Int, _ source: Int) -> Void)
}

extension RearrangingLayer {
  func forward(_ values: Pass) {
    visit(values) { output, input, source in
      values.output[output] = values.inputs[input][source]
    }
  }

  func backward(_ values: Pass, gradients: Pass) {
    visit(gradients) { output, input, source in
      gradients.inputs[input][source] += gradients.output[output]
    }
  }
}

/// All values as one vector, in the order they have.
struct FlattenLayer: RearrangingLayer {
  func visit(_ values: Pass, _ move: (Int, Int, Int) -> Void) {
    for i in values.output.indices { move(i, 0, i) }
  }
}

/// The channels of all inputs, one after another.
struct ConcatenateLayer: RearrangingLayer {
  func visit(_ values: Pass, _ move: (Int, Int, Int) -> Void) {
    var position = 0
    for (input, activation) in values.inputs.enumerated() {
      for i in activation.indices {
        move(position, input, i)
        position += 1
      }
    }
  }
}

/// Channel `g · (C/groups) + i` moves to `i · groups + g`.
struct ChannelShuffleLayer: RearrangingLayer {
  var groups: Int
  var shape: FeatureShape

  func visit(_ values: Pass, _ move: (Int, Int, Int) -> Void) {
    let size = shape.channels / groups
    for channel in 0..<shape.channels {
      let target = channel % size * groups + channel / size
      for i in 0..<shape.area { move(target * shape.area + i, 0, channel * shape.area + i) }
    }
  }
}

/// A run of channels.
struct ChannelSliceLayer: RearrangingLayer {
  var first: Int
  var area: Int

  func visit(_ values: Pass, _ move: (Int, Int, Int) -> Void) {
    for i in values.output.indices { move(i, 0, first * area + i) }
  }
}

/// A constant around the image and around the stack of channels.
struct PadLayer: RearrangingLayer {
  var padding: ConstantPadding
  var input: FeatureShape
  var output: FeatureShape

  func forward(_ values: Pass) {
    values.output.update(repeating: padding.value)
    visit(values) { output, input, source in
      values.output[output] = values.inputs[input][source]
    }
  }

  func visit(_ values: Pass, _ move: (Int, Int, Int) -> Void) {
    for channel in 0..<input.channels {
      for row in 0..<input.height {
        let target =
          ((channel + padding.channelsBefore) * output.height + row + padding.spatial.top)
          * output.width + padding.spatial.left
        let source = (channel * input.height + row) * input.width
        for column in 0..<input.width { move(target + column, 0, source + column) }
      }
    }
  }
}
