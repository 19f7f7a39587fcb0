import Tensors

/// A block that is wide inside: it expands, convolves each channel by itself, gates, and projects.
struct InvertedResidual: Sendable {
  var kernel: Int
  /// The channels inside; where they are those of the input, nothing expands.
  var inner: Int
  var channels: Int
  /// The width of the layers that compute the gate; nil where there is none.
  var squeezed: Int?
  var gate: ElementFunction
  /// What stands between the layers that compute the gate.
  var squeezing: BlockActivation
  var activation: BlockActivation
  var stride: Int
  var epsilon: Double
}

extension InvertedResidual {
  /// A block of MobileNetV3.
  fileprivate static func mobile(
    _ kernel: Int, _ inner: Int, _ channels: Int, _ gating: Gating, _ activation: BlockActivation,
    stride: Int = 1
  ) -> InvertedResidual {
    InvertedResidual(
      kernel: kernel, inner: inner, channels: channels,
      squeezed: gating == .gated ? .multipleOf8(near: Double(inner) / 4) : nil,
      gate: .hardSigmoid(slope: 1 / 6, offset: 0.5), squeezing: .relu, activation: activation,
      stride: stride, epsilon: 1e-3)
  }
}

extension BlockActivation {
  static let swish = BlockActivation.function(.hardSwish)
}

extension [InvertedResidual] {
  /// Howard et al., *Searching for MobileNetV3*, ICCV 2019, Table 2.
  static let smallMobile: Self = [
    .mobile(3, 16, 16, .gated, .relu, stride: 2), .mobile(3, 72, 24, .plain, .relu, stride: 2),
    .mobile(3, 88, 24, .plain, .relu), .mobile(5, 96, 40, .gated, .swish, stride: 2),
    .mobile(5, 240, 40, .gated, .swish), .mobile(5, 240, 40, .gated, .swish),
    .mobile(5, 120, 48, .gated, .swish), .mobile(5, 144, 48, .gated, .swish),
    .mobile(5, 288, 96, .gated, .swish, stride: 2), .mobile(5, 576, 96, .gated, .swish),
    .mobile(5, 576, 96, .gated, .swish),
  ]

  /// The same, Table 1.
  static let largeMobile: Self = [
    .mobile(3, 16, 16, .plain, .relu), .mobile(3, 64, 24, .plain, .relu, stride: 2),
    .mobile(3, 72, 24, .plain, .relu), .mobile(5, 72, 40, .gated, .relu, stride: 2),
    .mobile(5, 120, 40, .gated, .relu), .mobile(5, 120, 40, .gated, .relu),
    .mobile(3, 240, 80, .plain, .swish, stride: 2), .mobile(3, 200, 80, .plain, .swish),
    .mobile(3, 184, 80, .plain, .swish), .mobile(3, 184, 80, .plain, .swish),
    .mobile(3, 480, 112, .gated, .swish), .mobile(3, 672, 112, .gated, .swish),
    .mobile(5, 672, 160, .gated, .swish, stride: 2), .mobile(5, 960, 160, .gated, .swish),
    .mobile(5, 960, 160, .gated, .swish),
  ]
}

extension GraphBuilder {
  /// A convolution `name.0`, its normalisation `name.1`, and an activation.
  mutating func activatedConvolution(
    _ x: Value, _ name: String, channels: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
    epsilon: Double = 1e-5, by activation: BlockActivation
  ) -> Value {
    let y = normalizedConvolution(
      x, name + ".0", name + ".1", channels: channels, kernel: kernel, stride: stride,
      groups: groups, epsilon: epsilon)
    return activated(y, by: activation, name + ".2")
  }

  /// The block; its layers are numbered from `name.0` on.
  mutating func invertedResidual(
    _ x: Value, _ name: String, _ block: InvertedResidual
  ) -> Value {
    var (y, layer) = (x, 0)
    if block.inner != x.shape.channels {
      y = activatedConvolution(
        y, "\(name).\(layer)", channels: block.inner, kernel: 1, epsilon: block.epsilon,
        by: block.activation)
      layer += 1
    }
    y = activatedConvolution(
      y, "\(name).\(layer)", channels: block.inner, kernel: block.kernel, stride: block.stride,
      groups: block.inner, epsilon: block.epsilon, by: block.activation)
    layer += 1
    if let squeezed = block.squeezed {
      y = squeezedAndExcited(
        y, "\(name).\(layer)", inner: squeezed, by: block.squeezing, gate: block.gate)
      layer += 1
    }
    y = normalizedConvolution(
      y, "\(name).\(layer).0", "\(name).\(layer).1", channels: block.channels, kernel: 1,
      epsilon: block.epsilon)
    return x.shape == y.shape && block.stride == 1 ? add(y, x, name) : y
  }
}
