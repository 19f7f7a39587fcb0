public import Tensors

/// Everything that a training run carries from step to step.
///
/// Plain values, so that a run can be saved and continued with the same bits.
public struct TrainingState: Sendable {
  /// All of the network's, running statistics included, by name.
  public var parameters: [String: Tensor]
  /// The running sums of gradients, by parameter; empty before the first step.
  public var momentum: [String: Tensor]
  /// Of losses that use them: the mean probabilities of every class.
  public var classMeans: ClassMeans?
  /// Of recipes that carry them: the perturbations that the last step left.
  public var perturbation: CarriedPerturbation?
  /// How many steps were taken.
  public var step: Int

  /// Creates a state.
  ///
  /// - Parameters:
  ///   - parameters: all of the network's.
  ///   - momentum: the running sums of gradients.
  ///   - classMeans: of losses that use them.
  ///   - perturbation: of recipes that carry it.
  ///   - step: how many steps were taken.
  public init(
    parameters: [String: Tensor], momentum: [String: Tensor] = [:],
    classMeans: ClassMeans? = nil, perturbation: CarriedPerturbation? = nil, step: Int = 0
  ) {
    self.parameters = parameters
    self.momentum = momentum
    self.classMeans = classMeans
    self.perturbation = perturbation
    self.step = step
  }
}

/// The mean probabilities of every class's samples: last epoch's, and this one's so far.
public struct ClassMeans: Sendable, Hashable {
  /// The number of classes.
  public let classes: Int
  /// `[classes, classes]`: last epoch's mean probabilities, a row a class.
  public var matrix: [Double]
  /// `[classes, classes]`: this epoch's sums of probabilities.
  public var sums: [Double]

  /// Creates means that know no class from another.
  ///
  /// - Parameter classes: the number of classes.
  public init(classes: Int) {
    self.classes = classes
    matrix = [Double](repeating: 1 / Double(classes), count: classes * classes)
    sums = [Double](repeating: 0, count: classes * classes)
  }

  /// Last epoch's mean probabilities of a class.
  ///
  /// - Parameter label: the class.
  /// - Returns: one probability a class.
  public func row(_ label: Int) -> ArraySlice<Double> {
    matrix[label * classes..<(label + 1) * classes]
  }

  /// Adds a sample's probabilities to this epoch's sums.
  ///
  /// - Parameters:
  ///   - probabilities: one a class.
  ///   - label: the sample's class.
  public mutating func add(_ probabilities: [Double], of label: Int) {
    for (position, probability) in probabilities.enumerated() {
      sums[label * classes + position] += probability
    }
  }

  /// Puts this epoch's means in the place of the last one's and begins anew.
  ///
  /// A class without samples keeps its row.
  public mutating func endEpoch() {
    for label in 0..<classes {
      let row = label * classes..<(label + 1) * classes
      let total = sums[row].reduce(0, +)
      if total > 0 { for position in row { matrix[position] = sums[position] / total } }
    }
    sums = [Double](repeating: 0, count: sums.count)
  }
}
