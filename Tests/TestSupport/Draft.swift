import Graphs
import Tensors

/// A graph under construction that invents shapes and weights.
struct Draft {
  var random: RandomStream
  var builder: GraphBuilder
  /// The normalised image.
  let start: GraphBuilder.Value
  /// Parameters of operations that the builder has no method for.
  private var shapes: [String: [Int]] = [:]

  init(random: RandomStream, image: FeatureShape? = nil) {
    var random = random
    let image =
      image
      ?? FeatureShape(
        channels: random.below(6) + 2, height: random.below(9) + 7, width: random.below(9) + 7)
    builder = GraphBuilder(input: image)
    let constants = (0..<image.channels).map { _ in
      (mean: random.uniform(in: 0.3..<0.7), deviation: random.uniform(in: 0.2..<0.4))
    }
    start = builder.normalize(
      builder.input,
      Normalization(mean: constants.map(\.mean), deviation: constants.map(\.deviation)))
    self.random = random
  }

  /// The model with random weights of moderate size; running variances are positive.
  mutating func finished(_ output: GraphBuilder.Value) -> Model {
    if output.shape.area > 1 { _ = builder.flatten(output, "flat") }
    let all = shapes.merging(builder.parameterShapes) { own, _ in own }
    var parameters: [String: Tensor] = [:]
    for (name, shape) in all.sorted(by: { $0.key < $1.key }) {
      let size = 1 / Float(max(shape.dropFirst().reduce(1, *), 1)).squareRoot()
      let range =
        name.hasSuffix("running_var")
        ? 0.5..<1.5 : name.hasSuffix("threshold") ? 0.3..<0.8 : -2 * size..<2 * size
      parameters[name] = Tensor(
        shape: shape,
        elements: (0..<shape.reduce(1, *)).map { _ in random.uniform(in: range) })
    }
    return Model(graph: builder.built, parameters: parameters)
  }

  // MARK: - Operations

  mutating func convolution(
    _ x: GraphBuilder.Value, _ name: String, channels: Int, kernel: Size,
    stride: Size = Size(1), padding: Padding = .none, groups: Int = 1
  ) -> GraphBuilder.Value {
    shapes[name + ".weight"] = [channels, x.shape.channels / groups, kernel.height, kernel.width]
    shapes[name + ".bias"] = [channels]
    return builder.append(
      .convolution(
        Convolution(
          weight: name + ".weight", bias: name + ".bias", stride: stride, padding: padding,
          groups: groups)),
      name: name, reading: [x],
      giving: FeatureShape(
        channels: channels,
        height: (x.shape.height + padding.top + padding.bottom - kernel.height) / stride.height
          + 1,
        width: (x.shape.width + padding.left + padding.right - kernel.width) / stride.width + 1))
  }

  /// Kernel, stride and padding differ between rows and columns, and the paddings side by side.
  mutating func randomConvolution(
    _ x: GraphBuilder.Value, groups: Int
  ) -> GraphBuilder.Value {
    var x = x
    if x.shape.channels % groups != 0 {
      x = convolution(x, "widen", channels: groups * (random.below(3) + 1), kernel: Size(1))
    }
    return convolution(
      x, "convolution", channels: groups * (random.below(4) + 1), kernel: randomSize(5),
      stride: randomSize(3), padding: randomPadding(below: 3), groups: groups)
  }

  mutating func channelAffine(_ x: GraphBuilder.Value, _ name: String) -> GraphBuilder.Value {
    let affine = ChannelAffine(scale: name + ".scale", shift: name + ".shift")
    for parameter in [name + ".scale", name + ".shift"] { shapes[parameter] = [x.shape.channels] }
    return builder.append(
      .channelAffine(affine), name: name, reading: [x], giving: x.shape)
  }

  mutating func randomSlice(_ x: GraphBuilder.Value) -> GraphBuilder.Value {
    let first = random.below(x.shape.channels)
    let count = random.below(x.shape.channels - first) + 1
    return builder.channels(x, first..<first + count)
  }

  mutating func randomPooling(_ divisor: Pooling.Divisor) -> Pooling {
    let kernel = randomSize(4)
    // No window lies wholly in the padding.
    let padding = Padding(
      top: random.below(kernel.height), left: random.below(kernel.width),
      bottom: random.below(kernel.height), right: random.below(kernel.width))
    return Pooling(
      kernel: kernel, stride: randomSize(3), padding: padding, divisor: divisor)
  }

  mutating func randomPadding(below bound: Int) -> Padding {
    Padding(
      top: random.below(bound), left: random.below(bound), bottom: random.below(bound),
      right: random.below(bound))
  }

  private mutating func randomSize(_ largest: Int) -> Size {
    Size(height: random.below(largest) + 1, width: random.below(largest) + 1)
  }
}
