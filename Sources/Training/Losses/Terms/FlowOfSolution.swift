internal import Graphs
internal import Tensors

/// Σ over neighbouring ends of stages of the mean squared difference of both networks' products of
/// channels, averaged over pixels.
///
/// Source: Yim, Joo, Bae & Kim, *A gift from knowledge distillation*, CVPR 2017.
public struct FlowOfSolution: FeatureTerm {
  /// `flow`.
  public static let kind = "flow"

  /// Creates the term.
  public init() {}

  /// What enters the first stage and the ends of stages; their channels must agree.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where the numbers of channels differ.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    try OpenNetwork.readStages(from: 0, of: &student, &teacher)
    let last = min(try student.stages().upperBound, try teacher.stages().upperBound)
    for number in 0...last {
      let (own, given) = (try student.tap(number).shape, try teacher.tap(number).shape)
      guard own.channels == given.channels else {
        throw TrainingError(
          .teacher,
          problem: "its feat\(number) has \(given.channels) channels and the student's "
            + "\(own.channels), whose products cannot be compared; name one of equal widths, or "
            + "another recipe")
      }
    }
  }

  /// The sum over neighbours.
  ///
  /// - Parameter inputs: what enters the first stage and the ends of stages.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    let (own, given) = (inputs.features.student, inputs.features.teacher)
    var total = 0.0
    var gradients = own.map { [Double](repeating: 0, count: $0.values.count) }
    for number in own.indices.dropLast() {
      let ours = Flow(own[number], own[number + 1])
      let theirs = Flow(given[number], given[number + 1])
      let difference = zip(ours.values, theirs.values).map { $0 - $1 }
      let size = Double(difference.count)
      total += difference.reduce(0) { $0 + $1 * $1 } / size
      let (first, second) = ours.gradients(difference.map { 2 * $0 / size })
      gradients[number].add(first, times: 1)
      gradients[number + 1].add(second, times: 1)
    }
    return TermValue(total, features: FeatureGradients(student: gradients))
  }
}

/// The products of two maps' channels, averaged over pixels of the smaller size.
private struct Flow {
  private let pooled: (first: FeatureMap, second: FeatureMap)
  private let poolings: (first: AdaptivePooling, second: AdaptivePooling)
  /// `[images, channels of the second, channels of the first]`.
  let values: [Double]

  init(_ first: FeatureMap, _ second: FeatureMap) {
    poolings = (first.pooling(toSizeOf: second), second.pooling(toSizeOf: first))
    let pooled = (first: poolings.first.pooled(first), second: poolings.second.pooled(second))
    self.pooled = pooled
    let area = Double(pooled.first.shape.area)
    values = (0..<first.count).flatMap { image in
      ((1 / area)
        * (pooled.second.channels(of: image)
          * pooled.first.channels(of: image).transposed))
        .values
    }
  }

  /// With respect to both maps, for a gradient with respect to ``values``.
  func gradients(_ cotangent: [Double]) -> ([Double], [Double]) {
    let (rows, columns) = (pooled.second.shape.channels, pooled.first.shape.channels)
    let area = Double(pooled.first.shape.area)
    var (first, second) = ([Double](), [Double]())
    for image in 0..<pooled.first.count {
      let places = image * rows * columns..<(image + 1) * rows * columns
      let slope =
        (1 / area)
        * Matrix(rows: rows, columns: columns, values: Array(cotangent[places]))
      first += (slope.transposed * pooled.second.channels(of: image)).values
      second += (slope * pooled.first.channels(of: image)).values
    }
    let count = pooled.first.count
    return (
      poolings.first.spread(first, count: count), poolings.second.spread(second, count: count)
    )
  }
}
