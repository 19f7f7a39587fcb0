import Tensors

extension ArchitectureFamily {
  /// Networks without shortcuts, in torchvision's form; dropout acts in training only.
  static let imageNetClassics: [ArchitectureFamily] =
    [
      imageNetNetwork(["tv-alexnet", "alexnet"]) { builder, image, classes in
        builder.alexNet(image, classes: classes)
      },
      imageNetNetwork(["tv-squeezenet1.0", "squeezenet1_0"]) { builder, image, classes in
        builder.squeezeNet(
          image, stem: 96, kernel: 7, pools: [2, 6, 11], classes: classes)
      },
      imageNetNetwork(["tv-squeezenet1.1", "squeezenet1_1"]) { builder, image, classes in
        builder.squeezeNet(
          image, stem: 64, kernel: 3, pools: [2, 5, 8], classes: classes)
      },
    ] + imageNetVGGs

  private static let imageNetVGGs: [ArchitectureFamily] = [
    ("11", [1, 1, 2, 2, 2]), ("13", [2, 2, 2, 2, 2]), ("16", [2, 2, 3, 3, 3]),
    ("19", [2, 2, 4, 4, 4]),
  ].flatMap { depth, convolutions in
    [
      imageNetNetwork(["tv-vgg\(depth)"]) { builder, image, classes in
        builder.imageNetVGG(image, convolutions, .plain, classes: classes)
      },
      imageNetNetwork(["tv-vgg\(depth)-bn"]) { builder, image, classes in
        builder.imageNetVGG(image, convolutions, .normalized, classes: classes)
      },
    ]
  }
}

/// What a convolution of a VGG consists of.
private enum VGGLayer {
  case plain
  case normalized
}

extension GraphBuilder {
  /// The mean of each of side × side parts; nil where the image does not fall into such.
  private mutating func averaged(_ x: Value, to side: Int) -> Value? {
    let (height, width) = (x.shape.height, x.shape.width)
    if height == side, width == side { return x }
    guard height % side == 0, width % side == 0, height > 0, width > 0 else { return nil }
    let window = Size(height: height / side, width: width / side)
    return averagePool(x, Pooling(kernel: window, stride: window))
  }

  /// Source: Krizhevsky, *One weird trick for parallelizing convolutional neural networks*, 2014.
  fileprivate mutating func alexNet(_ image: Value, classes: Int) -> Value? {
    let pooling = Pooling(kernel: Size(3), stride: Size(2))
    var x = relu(
      convolution(
        image, "features.0", channels: 64, kernel: 11, stride: 4, padding: Padding(2),
        bias: .present))
    x = maxPool(x, pooling)
    x = relu(
      convolution(
        x, "features.3", channels: 192, kernel: 5, padding: Padding(2), bias: .present))
    x = maxPool(x, pooling)
    for (position, channels) in [(6, 384), (8, 256), (10, 256)] {
      x = relu(
        convolution(
          x, "features.\(position)", channels: channels, kernel: 3, padding: Padding(1),
          bias: .present))
    }
    guard let pooled = averaged(maxPool(x, pooling), to: 6) else { return nil }
    x = relu(linear(flatten(pooled), "classifier.1", outputs: 4096))
    x = relu(linear(x, "classifier.4", outputs: 4096))
    return linear(x, "classifier.6", outputs: classes)
  }

  /// Source: Simonyan & Zisserman, *Very deep convolutional networks*, ICLR 2015, Table 1.
  fileprivate mutating func imageNetVGG(
    _ image: Value, _ convolutions: [Int], _ layer: VGGLayer, classes: Int
  ) -> Value? {
    var (x, position) = (image, 0)
    for (block, channels) in [64, 128, 256, 512, 512].enumerated() {
      for _ in 0..<convolutions[block] {
        x = convolution(
          x, "features.\(position)", channels: channels, kernel: 3, padding: Padding(1),
          bias: .present)
        // Each module counts.
        switch layer {
        case .plain: position += 2
        case .normalized:
          x = batchNorm(x, "features.\(position + 1)")
          position += 3
        }
        x = relu(x)
      }
      x = maxPool(x, Pooling(kernel: Size(2)))
      position += 1
    }
    guard let pooled = averaged(x, to: 7) else { return nil }
    x = relu(linear(flatten(pooled), "classifier.0", outputs: 4096))
    x = relu(linear(x, "classifier.3", outputs: 4096))
    return linear(x, "classifier.6", outputs: classes)
  }

  /// Source: Iandola et al., *SqueezeNet*, 2016, Table 1; 1.1 is the authors' later form.
  fileprivate mutating func squeezeNet(
    _ image: Value, stem: Int, kernel: Int, pools: Set<Int>, classes: Int
  ) -> Value {
    var x = relu(
      convolution(
        image, "features.0", channels: stem, kernel: kernel, stride: 2, bias: .present))
    var squeezed = [16, 16, 32, 32, 48, 48, 64, 64][...]
    for position in 2...12 {
      let name = "features.\(position)"
      if pools.contains(position) {
        x = maxPoolRoundingUp(x, kernel: 3, stride: 2, name)
      } else if let channels = squeezed.popFirst() {
        x = fire(x, name, squeezed: channels)
      }
    }
    x = relu(convolution(x, "classifier.1", channels: classes, kernel: 1, bias: .present))
    return globalAveragePool(x)
  }

  private mutating func fire(_ x: Value, _ name: String, squeezed: Int) -> Value {
    let y = relu(
      convolution(x, name + ".squeeze", channels: squeezed, kernel: 1, bias: .present),
      name + ".squeeze_activation")
    let point = convolution(
      y, name + ".expand1x1", channels: 4 * squeezed, kernel: 1, bias: .present)
    let wide = convolution(
      y, name + ".expand3x3", channels: 4 * squeezed, kernel: 3, padding: Padding(1),
      bias: .present)
    return concatenate(
      relu(point, name + ".activation1x1"), relu(wide, name + ".activation3x3"), name)
  }
}
