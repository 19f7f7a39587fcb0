import Tensors

extension ArchitectureFamily {
  static let inceptionNets: [ArchitectureFamily] = [
    imageNetNetwork(["tv-googlenet", "googlenet"]) { builder, image, classes in
      builder.googLeNet(image, classes: classes)
    }
  ]
}

extension GraphBuilder {
  /// The channels of four branches: 1×1; 3×3 behind 1×1, twice; 1×1 behind a maximum.
  private struct Inception {
    var name: String
    var point: Int
    var middle: (Int, Int)
    var large: (Int, Int)
    var pooled: Int
  }

  /// Source: Szegedy et al., *Going deeper with convolutions*, CVPR 2015, in torchvision's form, with
  /// batch normalisation, 3×3 in place of 5×5, and without what acts in training only.
  fileprivate mutating func googLeNet(_ image: Value, classes: Int) -> Value {
    var x = inceptionConvolution(image, "conv1", channels: 64, kernel: 7, stride: 2)
    x = maxPoolRoundingUp(x, kernel: 3, stride: 2, "maxpool1")
    x = inceptionConvolution(x, "conv2", channels: 64, kernel: 1)
    x = inceptionConvolution(x, "conv3", channels: 192, kernel: 3)
    x = maxPoolRoundingUp(x, kernel: 3, stride: 2, "maxpool2")
    x = inception(x, .init(name: "3a", point: 64, middle: (96, 128), large: (16, 32), pooled: 32))
    x = inception(x, .init(name: "3b", point: 128, middle: (128, 192), large: (32, 96), pooled: 64))
    x = maxPoolRoundingUp(x, kernel: 3, stride: 2, "maxpool3")
    x = inception(x, .init(name: "4a", point: 192, middle: (96, 208), large: (16, 48), pooled: 64))
    x = inception(x, .init(name: "4b", point: 160, middle: (112, 224), large: (24, 64), pooled: 64))
    x = inception(x, .init(name: "4c", point: 128, middle: (128, 256), large: (24, 64), pooled: 64))
    x = inception(x, .init(name: "4d", point: 112, middle: (144, 288), large: (32, 64), pooled: 64))
    x = inception(
      x, .init(name: "4e", point: 256, middle: (160, 320), large: (32, 128), pooled: 128))
    x = maxPoolRoundingUp(x, kernel: 2, stride: 2, "maxpool4")
    x = inception(
      x, .init(name: "5a", point: 256, middle: (160, 320), large: (32, 128), pooled: 128))
    x = inception(
      x, .init(name: "5b", point: 384, middle: (192, 384), large: (48, 128), pooled: 128))
    return classify(x, "fc", classes: classes)
  }

  private mutating func inceptionConvolution(
    _ x: Value, _ name: String, channels: Int, kernel: Int, stride: Int = 1
  ) -> Value {
    relu(
      normalizedConvolution(
        x, name + ".conv", name + ".bn", channels: channels, kernel: kernel, stride: stride,
        epsilon: 1e-3), name)
  }

  private mutating func inception(_ x: Value, _ block: Inception) -> Value {
    let name = "inception" + block.name
    let point = inceptionConvolution(x, name + ".branch1", channels: block.point, kernel: 1)
    var middle = inceptionConvolution(x, name + ".branch2.0", channels: block.middle.0, kernel: 1)
    middle = inceptionConvolution(
      middle, name + ".branch2.1", channels: block.middle.1, kernel: 3)
    var large = inceptionConvolution(x, name + ".branch3.0", channels: block.large.0, kernel: 1)
    large = inceptionConvolution(large, name + ".branch3.1", channels: block.large.1, kernel: 3)
    var pooled = maxPool(
      x, Pooling(kernel: Size(3), stride: Size(1), padding: Padding(1)), name + ".branch4.0")
    pooled = inceptionConvolution(pooled, name + ".branch4.1", channels: block.pooled, kernel: 1)
    return concatenate(
      concatenate(point, middle, name + ".half"),
      concatenate(large, pooled, name + ".other"), name)
  }
}
