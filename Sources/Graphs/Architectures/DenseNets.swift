import Tensors

extension ArchitectureFamily {
  /// Source: Huang, Liu, van der Maaten & Weinberger, *Densely connected convolutional networks*,
  /// CVPR 2017, in torchvision's form.
  static let denseNets: [ArchitectureFamily] = [
    denseNet("121", growth: 32, blocks: [6, 12, 24, 16], stem: 64),
    denseNet("161", growth: 48, blocks: [6, 12, 36, 24], stem: 96),
    denseNet("169", growth: 32, blocks: [6, 12, 32, 32], stem: 64),
    denseNet("201", growth: 32, blocks: [6, 12, 48, 32], stem: 64),
  ]

  private static func denseNet(
    _ depth: String, growth: Int, blocks: [Int], stem: Int
  ) -> ArchitectureFamily {
    imageNetNetwork(["tv-densenet\(depth)", "densenet\(depth)"]) { builder, image, classes in
      var x = builder.normalizedConvolution(
        image, "features.conv0", "features.norm0", channels: stem, kernel: 7, stride: 2)
      x = builder.maxPool(
        builder.relu(x, "features.relu0"),
        Pooling(kernel: Size(3), stride: Size(2), padding: Padding(1)), "features.pool0")
      for (block, count) in blocks.enumerated() {
        for layer in 1...count {
          x = builder.denseLayer(
            x, "features.denseblock\(block + 1).denselayer\(layer)", growth: growth)
        }
        if block < blocks.count - 1 {
          x = builder.transition(x, "features.transition\(block + 1)")
        }
      }
      x = builder.relu(builder.batchNorm(x, "features.norm5"))
      return builder.classify(x, "classifier", classes: classes)
    }
  }
}

extension GraphBuilder {
  /// Puts more channels behind those that there are.
  fileprivate mutating func denseLayer(_ x: Value, _ name: String, growth: Int) -> Value {
    var y = relu(batchNorm(x, name + ".norm1"), name + ".relu1")
    y = convolution(y, name + ".conv1", channels: 4 * growth, kernel: 1)
    y = relu(batchNorm(y, name + ".norm2"), name + ".relu2")
    y = convolution(y, name + ".conv2", channels: growth, kernel: 3, padding: Padding(1))
    return concatenate(x, y, name)
  }

  /// Halves the channels and the image.
  fileprivate mutating func transition(_ x: Value, _ name: String) -> Value {
    let y = convolution(
      relu(batchNorm(x, name + ".norm"), name + ".relu"), name + ".conv",
      channels: x.shape.channels / 2, kernel: 1)
    return averagePool(y, Pooling(kernel: Size(2), stride: Size(2)), name + ".pool")
  }
}
