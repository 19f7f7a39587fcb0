import Tensors

extension ArchitectureFamily {
  /// Small public networks without batch normalisation.
  static let smallNetworks: [ArchitectureFamily] = [
    ArchitectureFamily(
      patterns: ["mnist-smallcnn", "smallcnn"],
      input: FeatureShape(channels: 1, height: 28, width: 28)
    ) { builder, image, _, classes in
      builder.mnistSmallCNN(image, classes: classes)
    },
    ArchitectureFamily(patterns: ["cifar-cnn-a", "cnn-a"]) { builder, image, _, classes in
      builder.cifarCNNA(image, classes: classes)
    },
    ArchitectureFamily(patterns: ["resnet4b"]) { builder, image, _, classes in
      builder.resNet4b(image, classes: classes)
    },
    ArchitectureFamily(
      patterns: ["mnist-keras-cnn", "mnist_tf_autoattack"],
      input: FeatureShape(channels: 1, height: 28, width: 28)
    ) { builder, image, _, classes in
      builder.mnistKerasCNN(image, classes: classes)
    },
  ]
}

extension GraphBuilder {
  private mutating func biasedConvolution(
    _ x: Value, _ name: String, channels: Int, kernel: Int, stride: Int = 1, padding: Int
  ) -> Value {
    convolution(
      x, name, channels: channels, kernel: kernel, stride: stride, padding: Padding(padding),
      bias: .present)
  }

  /// The network of TRADES for MNIST; its dropout acts in training only.
  fileprivate mutating func mnistSmallCNN(_ image: Value, classes: Int) -> Value {
    var x = image
    for (position, channels) in [32, 32, 64, 64].enumerated() {
      let name = "feature_extractor.conv\(position + 1)"
      x = relu(biasedConvolution(x, name, channels: channels, kernel: 3, padding: 0))
      if position % 2 == 1 { x = maxPool(x, Pooling(kernel: Size(2))) }
    }
    x = flatten(x)
    x = relu(linear(x, "classifier.fc1", outputs: 200))
    x = relu(linear(x, "classifier.fc2", outputs: 200))
    return linear(x, "classifier.fc3", outputs: classes)
  }

  /// The network of AutoAttack's TensorFlow example; layers have the names Keras gives them.
  fileprivate mutating func mnistKerasCNN(_ image: Value, classes: Int) -> Value {
    var x = image
    for layer in 1...4 {
      x = relu(biasedConvolution(x, "c\(layer)", channels: 16, kernel: 3, padding: 1))
      if layer % 2 == 0 { x = maxPool(x, Pooling(kernel: Size(2)), "p\(layer / 2)") }
    }
    x = relu(linear(flatten(x), "d1", outputs: 256))
    return linear(x, "d2", outputs: classes)
  }

  /// The small network of Wong & Kolter for CIFAR-10; parameters are named by position.
  fileprivate mutating func cifarCNNA(_ image: Value, classes: Int) -> Value {
    var x = relu(biasedConvolution(image, "0", channels: 16, kernel: 4, stride: 2, padding: 1))
    x = relu(biasedConvolution(x, "2", channels: 32, kernel: 4, stride: 2, padding: 1))
    x = relu(linear(flatten(x), "5", outputs: 100))
    return linear(x, "7", outputs: classes)
  }

  /// The residual network of the verification competitions, four blocks.
  fileprivate mutating func resNet4b(_ image: Value, classes: Int) -> Value {
    var x = relu(biasedConvolution(image, "conv1", channels: 16, kernel: 3, stride: 2, padding: 1))
    for (name, stride) in [("layer1.0", 2), ("layer1.1", 1), ("layer2.0", 2), ("layer2.1", 1)] {
      var y = relu(
        biasedConvolution(
          x, name + ".conv1", channels: 32, kernel: 3, stride: stride, padding: 1),
        name + ".relu1")
      y = biasedConvolution(y, name + ".conv2", channels: 32, kernel: 3, padding: 1)
      if stride == 2 {
        x = biasedConvolution(
          x, name + ".shortcut.0", channels: 32, kernel: 1, stride: stride, padding: 0)
      }
      x = relu(add(y, x, name + ".add"), name)
    }
    x = relu(linear(flatten(x), "linear1", outputs: 100))
    return linear(x, "linear2", outputs: classes)
  }
}
