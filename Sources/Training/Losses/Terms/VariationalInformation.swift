import Foundation
internal import Graphs
internal import Tensors

/// Σ over the ends of stages of the negative log likelihood of the teacher's map under normal
/// distributions whose means a trained network predicts from the student's, and whose variances are
/// trained, one a channel.
///
/// Source: Ahn, Hu, Damianou, Lawrence & Dai, *Variational information distillation for knowledge
/// transfer*, CVPR 2019.
public struct VariationalInformation: FeatureTerm {
  /// `variationalInformation`.
  public static let kind = "variationalInformation"

  /// No variance is less.
  private static let smallest = 1e-5
  /// Of all variances at first.
  private static let first = 5.0

  /// Creates the term.
  public init() {}

  /// The ends of stages, as many as both have, with predictions at the student's.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where one has none.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    let last = min(try student.stages().upperBound, try teacher.stages().upperBound)
    for number in 1...last {
      let target = try teacher.tap(number)
      let name = "\(number)"
      var x = try student.pooled(try student.tap(number), toSizeOf: target.shape, name)
      for layer in 0..<3 {
        x = student.builder.convolution(
          x, student.name("\(name).regressor.\(2 * layer)"), channels: target.shape.channels,
          kernel: 1)
        if layer < 2 { x = student.builder.relu(x, student.name("\(name).relu\(layer)")) }
      }
      student.read(x)
      teacher.read(target)
      student.keep(
        "\(name).log_scale", [target.shape.channels],
        beginning: .constant(Float(log(exp(Self.first - Self.smallest) - 1))))
    }
  }

  /// The sum of half the means.
  ///
  /// - Parameter inputs: predictions, the teacher's maps and the variances.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    var gradients = FeatureGradients()
    var total = 0.0
    let pairs = zip(inputs.features.student, inputs.features.teacher)
    for (number, pair) in pairs.enumerated() {
      let (mean, target) = (pair.0, pair.1.pooled(toSizeOf: pair.0))
      let name = "\(number + 1).log_scale"
      let scales = (inputs.features.tensors[name]?.elements ?? []).map { Double($0) }
      // log(1 + exp), which no number overflows.
      let variances = scales.map { max($0, 0) + log1p(exp(-abs($0))) + Self.smallest }
      let size = Double(mean.values.count)
      var slope = [Double](repeating: 0, count: mean.values.count)
      var slopes = [Double](repeating: 0, count: variances.count)
      for place in mean.values.indices {
        let channel = place / mean.shape.area % mean.shape.channels
        let difference = mean.values[place] - target.values[place]
        let variance = variances[channel]
        total += (difference * difference / variance + log(variance)) / 2 / size
        slope[place] = difference / variance / size
        slopes[channel] +=
          (1 - difference * difference / variance) / variance / 2 / size
      }
      gradients.student.append(slope)
      gradients.tensors[name] = zip(slopes, scales).map { $0 / (1 + exp(-$1)) }
    }
    return TermValue(total, features: gradients)
  }
}

extension OpenNetwork {
  /// The means of windows that bring a map to a smaller size.
  mutating func pooled(
    _ map: Value, toSizeOf shape: FeatureShape, _ name: String
  ) throws(TrainingError) -> Value {
    if map.shape.height <= shape.height { return map }
    guard map.shape.height.isMultiple(of: shape.height), map.shape.width.isMultiple(of: shape.width)
    else {
      throw TrainingError(
        place: self.name(name),
        problem: "the student's map is \(map.shape) and the teacher's \(shape), whose size no "
          + "equal windows give; name another teacher")
    }
    let window = Size(
      height: map.shape.height / shape.height, width: map.shape.width / shape.width)
    return builder.averagePool(map, Pooling(kernel: window), self.name(name) + ".pool")
  }
}
