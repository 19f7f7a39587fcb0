/// What a loss is computed from: logits of a whole batch, a row an image.
public struct LossInputs: Sendable {
  /// Of the passes in training mode that the loss needs.
  public var logits: [ForwardPass: [[Double]]]
  /// Of the teacher, if there is one.
  public var teacher: [[Double]]
  /// The classes of the images.
  public var labels: [Int]
  /// Of mixed images; empty where none are.
  public var secondLabels: [SecondLabel?] = []
  /// The images' positions in the data set.
  public var indices: [Int] = []
  /// What the term at hand asked for of both networks' insides.
  public var features = TermFeatures()
  /// What every term asked for.
  var featuresOfTerms: [TermFeatures] = []
  /// Last epoch's, where the loss uses them.
  public var classMeans: ClassMeans?
  /// Of the images that were made with the teacher's help.
  var samples = SampleInputs()
  /// Counted from 1.
  public var epoch: Int
  /// The recipe's number of epochs.
  public var epochs: Int

  /// The logits of a pass that a term says it reads.
  ///
  /// - Parameter pass: which.
  /// - Returns: a row an image.
  public func logits(_ pass: ForwardPass) -> [[Double]] { logits[pass] ?? [] }
}

/// What belongs to the images that were made with the teacher's help, a row an image.
struct SampleInputs: Sendable {
  var labels: [Int] = []
  /// The teacher's logits.
  var teacher: [[Double]] = []
}

/// A term of a loss at one batch: the mean of a value over images, or one value of all of them.
public struct TermValue: Sendable {
  /// One of every image that the mean is over.
  public var values: [Double]
  /// Of each value, with respect to logits: by pass, a row an image.
  public var gradients: [ForwardPass: [[Double]]]
  /// Of the mean, with respect to what was read inside the networks.
  public var features = FeatureGradients()

  /// Creates a mean.
  ///
  /// - Parameters:
  ///   - values: one of every image that it is over.
  ///   - gradients: of each, with respect to logits: by pass, a row an image.
  public init(values: [Double], gradients: [ForwardPass: [[Double]]]) {
    self.values = values
    self.gradients = gradients
  }

  /// The mean of functions of one pass's logits.
  init(_ rows: [SingleTerm], at pass: ForwardPass) {
    self.init(values: rows.map(\.value), gradients: [pass: rows.map(\.gradient)])
  }

  /// The mean of functions of clean and adversarial logits.
  init(_ rows: [PairTerm]) {
    self.init(
      values: rows.map(\.value),
      gradients: [.clean: rows.map(\.first), .adversarial: rows.map(\.second)])
  }
}
