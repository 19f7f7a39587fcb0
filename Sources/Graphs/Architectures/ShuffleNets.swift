import Tensors

extension ArchitectureFamily {
  /// The ShuffleNets for 32×32 images, as in RepDistiller.
  static let shuffleNets: [ArchitectureFamily] = [
    ArchitectureFamily(patterns: ["shufflev1", "shufflenetv1"], classes: 100) {
      builder, image, _, classes in
      builder.shuffleNetV1(image, classes: classes)
    },
    ArchitectureFamily(patterns: ["shufflev2", "shufflenetv2"], classes: 100) {
      builder, image, _, classes in
      builder.shuffleNetV2(image, classes: classes)
    },
  ]
}

// MARK: - First version

extension GraphBuilder {
  /// Source: Zhang, Zhou, Lin & Sun, *ShuffleNet*, CVPR 2018, three groups.
  fileprivate mutating func shuffleNetV1(_ image: Value, classes: Int) -> Value {
    var x = relu(normalizedConvolution(image, "conv1", "bn1", channels: 24, kernel: 1))
    for (layer, (channels, units)) in [(240, 4), (480, 8), (960, 4)].enumerated() {
      for unit in 0..<units {
        let name = "layer\(layer + 1).\(unit)"
        x =
          unit == 0
          ? downsamplingUnit(x, name, channels: channels) : groupedUnit(x, name)
      }
    }
    return classify(x, "linear", classes: classes)
  }

  /// Halves the image; the pooled input makes up the last channels of the output.
  private mutating func downsamplingUnit(_ x: Value, _ name: String, channels: Int) -> Value {
    let y = groupedBranch(x, name, channels: channels - x.shape.channels, stride: 2)
    let pooled = averagePool(
      x, Pooling(kernel: Size(3), stride: Size(2), padding: Padding(1)), name + ".shortcut")
    return relu(concatenate(y, pooled, name + ".concatenate"), name)
  }

  private mutating func groupedUnit(_ x: Value, _ name: String) -> Value {
    let y = groupedBranch(x, name, channels: x.shape.channels, stride: 1)
    return relu(add(y, x, name + ".add"), name)
  }

  private mutating func groupedBranch(
    _ x: Value, _ name: String, channels: Int, stride: Int
  ) -> Value {
    // The 24 channels of the first convolution are too few to be split.
    let groups = x.shape.channels == 24 ? 1 : 3
    let inner = channels / 4
    var y = normalizedConvolution(
      x, name + ".conv1", name + ".bn1", channels: inner, kernel: 1, groups: groups)
    y = relu(y, name + ".relu1")
    if groups > 1 { y = channelShuffle(y, groups: groups, name + ".shuffle") }
    y = normalizedConvolution(
      y, name + ".conv2", name + ".bn2", channels: inner, kernel: 3, stride: stride, groups: inner)
    y = relu(y, name + ".relu2")
    return normalizedConvolution(
      y, name + ".conv3", name + ".bn3", channels: channels, kernel: 1, groups: 3)
  }
}

// MARK: - Second version

extension GraphBuilder {
  /// Source: Ma, Zhang, Zheng & Sun, *ShuffleNet V2*, ECCV 2018, width 1.
  fileprivate mutating func shuffleNetV2(_ image: Value, classes: Int) -> Value {
    var x = relu(normalizedConvolution(image, "conv1", "bn1", channels: 24, kernel: 1))
    for (layer, (channels, units)) in [(116, 4), (232, 8), (464, 4)].enumerated() {
      for unit in 0..<units {
        let name = "layer\(layer + 1).\(unit)"
        x = unit == 0 ? downBlock(x, name, channels: channels) : splitBlock(x, name)
      }
    }
    x = relu(normalizedConvolution(x, "conv2", "bn2", channels: 1024, kernel: 1))
    return classify(x, "linear", classes: classes)
  }

  /// Halves the image; both branches are computed.
  private mutating func downBlock(_ x: Value, _ name: String, channels: Int) -> Value {
    let half = channels / 2
    let inputs = x.shape.channels
    var left = normalizedConvolution(
      x, name + ".conv1", name + ".bn1", channels: inputs, kernel: 3, stride: 2, groups: inputs)
    left = normalizedConvolution(left, name + ".conv2", name + ".bn2", channels: half, kernel: 1)
    left = relu(left, name + ".relu2")
    var right = normalizedConvolution(x, name + ".conv3", name + ".bn3", channels: half, kernel: 1)
    right = relu(right, name + ".relu3")
    right = normalizedConvolution(
      right, name + ".conv4", name + ".bn4", channels: half, kernel: 3, stride: 2, groups: half)
    right = normalizedConvolution(right, name + ".conv5", name + ".bn5", channels: half, kernel: 1)
    right = relu(right, name + ".relu5")
    return channelShuffle(concatenate(left, right, name + ".concatenate"), groups: 2, name)
  }

  /// The first half of the channels passes unchanged.
  private mutating func splitBlock(_ x: Value, _ name: String) -> Value {
    let half = x.shape.channels / 2
    let kept = channels(x, 0..<half, name + ".kept")
    var y = channels(x, half..<x.shape.channels, name + ".changed")
    y = normalizedConvolution(y, name + ".conv1", name + ".bn1", channels: half, kernel: 1)
    y = relu(y, name + ".relu1")
    y = normalizedConvolution(
      y, name + ".conv2", name + ".bn2", channels: half, kernel: 3, groups: half)
    y = normalizedConvolution(y, name + ".conv3", name + ".bn3", channels: half, kernel: 1)
    y = relu(y, name + ".relu3")
    return channelShuffle(concatenate(kept, y, name + ".concatenate"), groups: 2, name)
  }
}
