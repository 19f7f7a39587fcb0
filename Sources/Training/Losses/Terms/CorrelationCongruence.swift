internal import Graphs

/// The inner products of one image's and the next one's differences between both networks' embeddings,
/// which are trained linear layers behind the pooled vectors.
///
/// Source: Peng et al., *Correlation congruence for knowledge distillation*, ICCV 2019, in the form
/// that RepDistiller has from the authors; the paper's own compares kernels over a batch.
public struct CorrelationCongruence: FeatureTerm {
  /// `correlation`.
  public static let kind = "correlation"

  /// The length of an embedding.
  public var length: Int

  /// Creates a term.
  ///
  /// - Parameter length: of an embedding.
  public init(length: Int = 128) { self.length = length }

  /// The pooled vectors, embedded.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where one has none.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    let names = (student.name("embed_s"), teacher.name("embed_t"))
    let pooled = try student.pooled()
    student.read(student.builder.linear(pooled, names.0, outputs: length))
    try teacher.read(try teacher.pooled()) { builder, pooled in
      [builder.linear(pooled, names.1, outputs: length)]
    }
  }

  /// The mean over neighbours; 0 of a single image.
  ///
  /// - Parameter inputs: both embeddings.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    let (own, given) = (inputs.features.student[0].values, inputs.features.teacher[0].values)
    let differences = zip(own, given).map { $0 - $1 }
    let pairs = Double(max(own.count / length - 1, 1))
    var (value, slope) = (0.0, [Double](repeating: 0, count: own.count))
    for place in 0..<max(own.count - length, 0) {
      let (one, next) = (differences[place], differences[place + length])
      value += abs(one) * abs(next) / pairs
      slope[place] += one.signOrZero * abs(next) / pairs
      slope[place + length] += next.signOrZero * abs(one) / pairs
    }
    return TermValue(
      value, features: FeatureGradients(student: [slope], teacher: [slope.map { -$0 }]))
  }
}

extension Double {
  /// −1, 0 or 1.
  var signOrZero: Double { self > 0 ? 1 : self < 0 ? -1 : 0 }
}
