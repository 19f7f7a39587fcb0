internal import Graphs
internal import Tensors

/// What a trained network makes of the teacher's last map, against what another makes of the
/// student's: first the former learns to be undone, then the latter to do as the former.
///
/// Source: Kim, Park & Kwak, *Paraphrasing complex network: network compression via factor transfer*,
/// NeurIPS 2018, comparing where factors are large, as in RepDistiller.
public struct FactorTransfer: FeatureTerm {
  /// `factorTransfer`.
  public static let kind = "factorTransfer"

  /// What is learnt.
  public enum Stage: String, Codable, Hashable, Sendable {
    /// The teacher's factor: it can be undone.
    case paraphrase
    /// The student's, like the teacher's.
    case transfer
  }

  /// What is learnt.
  public var stage: Stage
  /// The share of the teacher's channels that a factor has.
  public var share: Double

  /// Creates a term.
  ///
  /// - Parameters:
  ///   - stage: what is learnt.
  ///   - share: of the teacher's channels that a factor has.
  public init(_ stage: Stage, share: Double = 0.5) {
    self.stage = stage
    self.share = share
  }

  /// None while the teacher's factor is learnt.
  public var passes: Set<ForwardPass> { stage == .paraphrase ? [] : [.clean] }

  /// The last stages, with the networks that make factors.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where one has none.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    let target = try teacher.tap(try teacher.stages().upperBound)
    let channels = max(Int(share * Double(target.shape.channels)), 1)
    if stage == .paraphrase { teacher.read(target) }
    let name = teacher.name("paraphraser")
    try teacher.read(target, isTrained: stage == .paraphrase) { builder, map in
      let factor = builder.factor(map, name + ".e", [map.shape.channels, channels, channels])
      if stage == .transfer { return [factor] }
      return [
        builder.factor(factor, name + ".d", [channels, map.shape.channels, map.shape.channels])
      ]
    }
    for (layer, outputs) in [channels, target.shape.channels, target.shape.channels].enumerated() {
      // The authors' decoder is of transposed convolutions, which begin by their outputs.
      let bound = 1 / Float(9 * outputs).squareRoot()
      for kind in ["weight", "bias"] {
        teacher.begin("paraphraser.d.\(layer).\(kind)", .uniform(bound: bound))
      }
    }
    guard stage == .transfer else { return }
    let map = try student.tap(try student.stages().upperBound)
    student.read(
      student.builder.factor(
        map, student.name("translator.e"), [map.shape.channels, channels, channels],
        normalized: true))
  }

  /// The mean squared error of the undone factor; or the mean difference of where factors are large.
  ///
  /// - Parameter inputs: factors.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    let features = inputs.features
    if stage == .paraphrase {
      let pair = TermFeatures(student: [features.teacher[1]], teacher: [features.teacher[0]])
      var value = TermValue.meanSquaredError(pair)
      value.features = FeatureGradients(teacher: [[], value.features.student[0]])
      return value
    }
    return .sum(overPairsOf: features) { student, teacher in
      let (own, given) = (Attention(student), Attention(teacher))
      let size = Double(own.values.count)
      let differences = zip(own.values, given.values).map { $0 - $1 }
      return (
        differences.reduce(0) { $0 + abs($1) } / size,
        own.gradient(differences.map { $0.signOrZero / size })
      )
    }
  }
}

extension GraphBuilder {
  /// Three 3×3 convolutions with leaky activations.
  fileprivate mutating func factor(
    _ map: Value, _ name: String, _ channels: [Int], normalized: Bool = false
  ) -> Value {
    var x = map
    for (number, channels) in channels.enumerated() {
      let layer = "\(name).\(number)"
      x = convolution(
        x, normalized ? layer + ".0" : layer, channels: channels, kernel: 3, padding: Padding(1),
        bias: .present)
      if normalized { x = batchNorm(x, layer + ".1") }
      x = elementwise(x, .leakyReLU(slope: 0.1), layer + ".leaky")
    }
    return x
  }
}
