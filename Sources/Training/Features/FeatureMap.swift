public import Tensors

/// What a place inside a network gave for a batch, in double precision.
public struct FeatureMap: Sendable {
  /// Of one image's activation.
  public let shape: FeatureShape
  /// The number of images.
  public let count: Int
  /// `[count, channels, height, width]`.
  public var values: [Double]

  /// Joins values and their shape.
  ///
  /// - Parameters:
  ///   - shape: of one image's activation.
  ///   - values: `[images, channels, height, width]`.
  public init(shape: FeatureShape, values: [Double]) {
    self.shape = shape
    self.values = values
    count = values.count / shape.count
  }

  /// The values of one image.
  func places(of image: Int) -> Range<Int> { image * shape.count..<(image + 1) * shape.count }

  /// Vectors, a row each.
  var rows: [[Double]] { (0..<count).map { Array(values[places(of: $0)]) } }

  /// An image's channels, a row each.
  func channels(of image: Int) -> Matrix {
    Matrix(rows: shape.channels, columns: shape.area, values: Array(values[places(of: image)]))
  }
}

/// What a term of a loss asked for of both networks' insides, in the order in which it asked.
public struct TermFeatures: Sendable {
  /// What its layers or taps in the student gave.
  public var student: [FeatureMap] = []
  /// The same of the teacher.
  public var teacher: [FeatureMap] = []
  /// Its own tensors.
  public var tensors: [String: Tensor] = [:]
  /// Of every image of the batch, the training images that it is compared with.
  public var partners: [[Int]] = []
  /// How many training images there are.
  public var images = 0
}

/// The gradients of a term's value with respect to what it read inside the networks.
public struct FeatureGradients: Sendable {
  /// Of each of the student's maps, shaped like it.
  public var student: [[Double]] = []
  /// Of each of the teacher's; empty where the teacher is all fixed.
  public var teacher: [[Double]] = []
  /// Of the term's own tensors that are trained.
  public var tensors: [String: [Double]] = [:]
}

extension TermValue {
  /// A value of a whole batch.
  ///
  /// - Parameters:
  ///   - value: one number.
  ///   - features: its gradients inside the networks.
  public init(_ value: Double, features: FeatureGradients) {
    self.init(values: [value], gradients: [:])
    self.features = features
  }
}
