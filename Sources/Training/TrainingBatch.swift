public import Tensors

/// The class that a part of an image was taken from.
public struct SecondLabel: Hashable, Sendable {
  /// The class.
  public var label: Int
  /// The part's share of the pixels, from 0 to 1; the rest is the first label's.
  public var share: Double

  /// Joins a class and its share.
  ///
  /// - Parameters:
  ///   - label: the class.
  ///   - share: from 0 to 1.
  public init(_ label: Int, share: Double) {
    self.label = label
    self.share = share
  }
}

/// The images of one step, augmented already.
public struct TrainingBatch: Sendable {
  /// Pixels in [0, 1].
  public var images: [Image]
  /// Their classes.
  public var labels: [Int]
  /// The classes of parts from other images; nil for an image that is whole.
  public var secondLabels: [SecondLabel?]
  /// Their positions in the data set, from which their random streams are forked.
  public var indices: [Int]
  /// Four rotations of every image, one after another; empty where they are those of ``images``.
  public var views: [Image] = []

  /// Creates a batch of whole images.
  ///
  /// - Parameters:
  ///   - images: pixels in [0, 1].
  ///   - labels: their classes.
  ///   - indices: their positions in the data set.
  /// - Precondition: there are as many of each, and at least one.
  public init(images: [Image], labels: [Int], indices: [Int]) {
    precondition(
      !images.isEmpty && images.count == labels.count && images.count == indices.count,
      "every image of a batch has a label and an index")
    self.images = images
    self.labels = labels
    secondLabels = Array(repeating: nil, count: images.count)
    self.indices = indices
  }

  /// The number of images.
  public var count: Int { images.count }

  /// Some of the images, at least one.
  subscript(rows: Range<Int>) -> TrainingBatch {
    if rows == images.indices { return self }
    var part = TrainingBatch(
      images: Array(images[rows]), labels: Array(labels[rows]), indices: Array(indices[rows]))
    part.secondLabels = Array(secondLabels[rows])
    if !views.isEmpty {
      let count = Rotations.count
      part.views = Array(views[count * rows.lowerBound..<count * rows.upperBound])
    }
    return part
  }

  /// Of every image the class of its larger part.
  var leadingLabels: [Int] {
    zip(labels, secondLabels).map { label, second in
      second.map { $0.share > 0.5 ? $0.label : label } ?? label
    }
  }
}

/// What changes from step to step besides the images.
public struct StepSettings: Sendable, Hashable {
  /// The epoch, counted from 1.
  public var epoch: Int
  /// How far parameters follow their gradients.
  public var learningRate: Double
  /// The radius of the perturbations, in pixel units.
  public var radius: Double
  /// The optimiser's, where a schedule cycles it; nil for the recipe's.
  public var momentum: Double?
  /// The number of the recipe's preparation, from 0; nil for the recipe itself.
  var preparation: Int?

  /// Creates settings.
  ///
  /// - Parameters:
  ///   - epoch: counted from 1.
  ///   - learningRate: how far parameters follow their gradients.
  ///   - radius: of the perturbations, in pixel units.
  ///   - momentum: where a schedule cycles it.
  public init(epoch: Int, learningRate: Double, radius: Double, momentum: Double? = nil) {
    self.epoch = epoch
    self.learningRate = learningRate
    self.radius = radius
    self.momentum = momentum
  }
}

/// What a step was like.
public struct StepReport: Sendable, Hashable {
  /// The number of the step, the first being 1.
  public var step: Int
  /// What was minimised, before the step.
  public var loss: Double
  /// Its terms by name, unweighted, for instance `ce` and `kl`; means over the batch.
  public var parts: [String: Double]
  /// How many clean images were classified correctly in training mode; nil if none went through.
  public var correct: Int?
  /// How many perturbed images were; nil if none went through.
  public var robust: Int?
  /// The Euclidean norm of the gradient, weight decay not included.
  public var gradientNorm: Double

  /// Creates a report.
  ///
  /// - Parameters:
  ///   - step: the number of the step.
  ///   - loss: what was minimised.
  ///   - parts: unweighted, by name.
  ///   - correct: how many clean images were classified correctly.
  ///   - robust: how many perturbed images were.
  ///   - gradientNorm: the Euclidean norm of the gradient.
  public init(
    step: Int, loss: Double, parts: [String: Double], correct: Int?, robust: Int?,
    gradientNorm: Double
  ) {
    self.step = step
    self.loss = loss
    self.parts = parts
    self.correct = correct
    self.robust = robust
    self.gradientNorm = gradientNorm
  }
}
