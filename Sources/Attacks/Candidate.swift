internal import Execution
public import Tensors

/// What an attack proposes for an example; the harness judges it again.
public struct Candidate: Hashable, Sendable {
  /// An image in the perturbation set and in [0, 1]: the first misclassified one, or else the one
  /// of the largest objective.
  public var image: Image
  /// Whether the oracle misclassified the image.
  public var isAdversarial: Bool
  /// The largest objective reached; for an attack that minimises the distance, less the distance.
  public var value: Float
  /// Of a ``MinimumDistanceAttack``: the nearest misclassified image that it came across, inside the
  /// set or not.
  public var boundary: BoundaryPoint?

  /// A misclassified image near the decision boundary.
  public struct BoundaryPoint: Hashable, Sendable {
    /// In [0, 1].
    public var image: Image
    /// From the clean image, in the norm of the set.
    public var distance: Double

    /// Creates a point.
    ///
    /// - Parameters:
    ///   - image: in [0, 1].
    ///   - distance: from the clean image.
    public init(image: Image, distance: Double) {
      self.image = image
      self.distance = distance
    }
  }

  /// Creates a candidate.
  ///
  /// - Parameters:
  ///   - image: in the perturbation set and in [0, 1].
  ///   - isAdversarial: whether the oracle misclassified the image.
  ///   - value: the largest objective reached.
  ///   - boundary: the nearest misclassified image, from an attack on the boundary.
  public init(
    image: Image, isAdversarial: Bool, value: Float, boundary: BoundaryPoint? = nil
  ) {
    self.image = image
    self.isAdversarial = isAdversarial
    self.value = value
    self.boundary = boundary
  }
}

extension Candidate {
  /// What an attack on the boundary proposes within a set, given what it came across.
  ///
  /// - Parameters:
  ///   - boundary: the nearest misclassified image; nil where there was none.
  ///   - clean: the clean image.
  ///   - set: the images allowed.
  public init(
    _ boundary: BoundaryPoint?, around clean: Image, within set: some PerturbationSet
  ) {
    let distance = boundary?.distance ?? .infinity
    self.init(
      image: boundary.map { set.project($0.image, around: clean) } ?? clean,
      isAdversarial: distance <= Double(set.radius), value: Float(-distance), boundary: boundary)
  }
}

extension Candidate {
  /// An image that the oracle has given logits for.
  init(_ image: Image, of example: Example, logits: [Float], objective: some Objective) {
    self.init(
      image: image, isAdversarial: logits.argmax != example.label,
      value: objective.evaluate(logits, label: example.label).value)
  }

  /// An image that the oracle has answered for.
  init(_ image: Image, of example: Example, answer: Answer) {
    self.init(
      image: image, isAdversarial: answer.logits.argmax != example.label, value: answer.value)
  }

  /// A misclassified candidate before others, then the one of larger value, then this one.
  func orBetter(_ other: Candidate) -> Candidate {
    if isAdversarial { return self }
    return other.isAdversarial || other.value > value || value.isNaN ? other : self
  }
}
