internal import Execution
internal import Graphs
internal import Tensors

/// Layer normalisation over the channels of each position, and mean-centred sparsification.
extension Layer {
  func layerNormalized(
    _ x: TorchTensor, _ norm: LayerNormalization, keeps: Bool
  ) throws(BackendError) -> (TorchTensor, Kept) {
    guard case .layerNormalization(let weight, let bias) = constants else {
      preconditionFailure("a normalisation has its parameters")
    }
    let source = try channelsInnermost(x)
    let results = try context.operate(
      "aten::native_layer_norm", "", results: 3,
      [
        .tensor(source), .integers([output.channels]), .optionalTensor(weight),
        .optionalTensor(bias), .real(norm.epsilon),
      ])
    return (
      try channelsOutermost(results[0]),
      keeps
        ? .normalization(input: source, mean: results[1], deviation: results[2]) : .nothing
    )
  }

  func layerNormalizedBack(
    _ slope: TorchTensor, _ kept: Kept, _ wantsInput: Bool
  ) throws(BackendError) -> LayerGradients {
    guard case .layerNormalization(let weight, let bias) = constants,
      case .normalization(let x, let mean, let deviation) = kept
    else { preconditionFailure("a normalisation keeps its input") }
    let gradients = try context.operate(
      "aten::native_layer_norm_backward", "", results: 3,
      [
        .tensor(try channelsInnermost(slope)), .tensor(x), .integers([output.channels]),
        .tensor(mean), .tensor(deviation), .optionalTensor(weight), .optionalTensor(bias),
        .flags([wantsInput, isTrained, isTrained]),
      ])
    return LayerGradients(
      inputs: [
        wantsInput
          ? Cotangent(tensor: try channelsOutermost(gradients[0]), isOwned: true) : nil
      ],
      parameters: isTrained ? Array(gradients[1...]) : [])
  }

  /// Means in place of values near them, and where that is.
  func sparsified(_ x: TorchTensor, keeps: Bool) throws(BackendError) -> (TorchTensor, Kept) {
    guard case .numbers(let numbers) = constants else {
      preconditionFailure("a sparsification has its statistics")
    }
    let (mean, variance, threshold) = (numbers[0], numbers[1], numbers[2])
    let bound = try context.product(
      try context.operate("aten::sqrt", [.tensor(variance)]), threshold)
    let distance = try context.operate(
      "aten::abs", [.tensor(try context.sum(x, mean, times: -1))])
    let mask = try context.operate("aten::lt", "Tensor", [.tensor(distance), .tensor(bound)])
    let result = try context.operate(
      "aten::where", "self", [.tensor(mask), .tensor(mean), .tensor(x)])
    return (try inActivationType(result, sizes), keeps ? .mask(mask) : .nothing)
  }

  /// A view of images, rows, columns and channels.
  private func channelsInnermost(_ x: TorchTensor) throws(BackendError) -> TorchTensor {
    try context.operate("aten::permute", [.tensor(x), .integers([0, 2, 3, 1])])
  }

  /// The way back from it, in the device's order.
  private func channelsOutermost(_ x: TorchTensor) throws(BackendError) -> TorchTensor {
    let result = try context.operate("aten::permute", [.tensor(x), .integers([0, 3, 1, 2])])
    return context.isAccelerator ? result : try context.arranged(result, sizes)
  }
}
