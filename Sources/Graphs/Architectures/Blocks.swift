import Tensors

/// How a residual block carries its input past itself where the shape changes.
enum Shortcut {
  /// A 1×1 convolution `prefix.0` and a batch normalisation `prefix.1`.
  case projection(String)
  /// Every second row and column, and channels of zeros behind.
  case zerosBehind
  /// Every second row and column, and channels of zeros in front and behind, equally many.
  case zerosAround
}

extension GraphBuilder {
  /// A convolution without bias that keeps the size at stride 1, and its batch normalisation.
  mutating func normalizedConvolution(
    _ x: Value, _ name: String, _ norm: String, channels: Int, kernel: Int, stride: Int = 1,
    groups: Int = 1, epsilon: Double = 1e-5
  ) -> Value {
    let y = convolution(
      x, name, channels: channels, kernel: kernel, stride: stride, padding: Padding(kernel / 2),
      groups: groups)
    return batchNorm(y, norm, epsilon: epsilon)
  }

  /// Two 3×3 convolutions and a shortcut, activated after the addition.
  ///
  /// Source: He, Zhang, Ren & Sun, *Deep residual learning for image recognition*, CVPR 2016, §3.3.
  mutating func basicBlock(
    _ x: Value, _ name: String, channels: Int, stride: Int, shortcut: Shortcut,
    _ gating: Gating = .plain
  ) -> Value {
    var y = normalizedConvolution(
      x, name + ".conv1", name + ".bn1", channels: channels, kernel: 3, stride: stride)
    y = relu(y, name + ".relu1")
    y = normalizedConvolution(y, name + ".conv2", name + ".bn2", channels: channels, kernel: 3)
    return residualSum(y, x, name, stride: stride, shortcut, gating)
  }

  /// A 1×1, a strided 3×3 and a 1×1 convolution and a shortcut, activated after the addition.
  mutating func bottleneck(
    _ x: Value, _ name: String, inner: Int, channels: Int, stride: Int, groups: Int = 1,
    shortcut: Shortcut, _ gating: Gating = .plain
  ) -> Value {
    var y = normalizedConvolution(x, name + ".conv1", name + ".bn1", channels: inner, kernel: 1)
    y = relu(y, name + ".relu1")
    y = normalizedConvolution(
      y, name + ".conv2", name + ".bn2", channels: inner, kernel: 3, stride: stride,
      groups: groups)
    y = relu(y, name + ".relu2")
    y = normalizedConvolution(y, name + ".conv3", name + ".bn3", channels: channels, kernel: 1)
    return residualSum(y, x, name, stride: stride, shortcut, gating)
  }

  /// A branch's end, perhaps gated, and what passes it by.
  private mutating func residualSum(
    _ branch: Value, _ x: Value, _ name: String, stride: Int, _ shortcut: Shortcut,
    _ gating: Gating
  ) -> Value {
    let channels = branch.shape.channels
    let end =
      switch gating {
      case .plain: branch
      case .gated:
        squeezedAndExcited(
          branch, name + ".se", inner: .multipleOf8(near: Double(channels) / 16))
      }
    let carried = self.shortcut(x, name, channels: channels, stride: stride, shortcut)
    return relu(add(end, carried, name + ".add"), name)
  }

  /// What passes a block by.
  mutating func shortcut(
    _ x: Value, _ name: String, channels: Int, stride: Int, _ shortcut: Shortcut
  ) -> Value {
    let added = channels - x.shape.channels
    if stride == 1, added == 0 { return x }
    switch shortcut {
    case .projection(let prefix):
      return normalizedConvolution(
        x, "\(name).\(prefix).0", "\(name).\(prefix).1", channels: channels, kernel: 1,
        stride: stride)
    case .zerosBehind:
      let y = subsampled(x, stride, name)
      return pad(y, ConstantPadding(channelsAfter: added), name + ".pad")
    case .zerosAround:
      let y = subsampled(x, stride, name)
      return pad(
        y, ConstantPadding(channelsBefore: added / 2, channelsAfter: added - added / 2),
        name + ".pad")
    }
  }

  private mutating func subsampled(_ x: Value, _ stride: Int, _ name: String) -> Value {
    averagePool(x, Pooling(kernel: Size(1), stride: Size(stride)), name + ".subsample")
  }

  /// The mean of each channel and a linear layer.
  mutating func classify(_ x: Value, _ name: String, classes: Int) -> Value {
    linear(globalAveragePool(x), name, outputs: classes)
  }
}
