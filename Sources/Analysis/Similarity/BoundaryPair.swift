internal import Tensors

/// One image and one wrong class, with the crossings of two networks.
public struct BoundaryPair: Sendable {
  /// The image's stable index.
  public let index: Int
  /// Its class, which both networks predict.
  public let base: Int
  /// The class that was raised.
  public let target: Int
  /// Steps, predicted class and length of the teacher's displacement.
  public let teacher: (steps: Int, predicted: Int, length: Double)
  /// The same of the student's.
  public let student: (steps: Int, predicted: Int, length: Double)
  /// The displacements' inner product.
  public let product: Double

  /// Compares two crossings toward the same class.
  ///
  /// - Parameters:
  ///   - teacher: the teacher's.
  ///   - student: the student's.
  ///   - index: the image's.
  ///   - base: its class.
  public init(
    _ teacher: BoundaryCrossing, _ student: BoundaryCrossing, index: Int, base: Int
  ) {
    precondition(teacher.target == student.target, "both raise one class")
    self.index = index
    self.base = base
    target = teacher.target
    self.teacher = (teacher.steps, teacher.predicted, teacher.displacement.norm(.l2))
    self.student = (student.steps, student.predicted, student.displacement.norm(.l2))
    product = teacher.displacement.dot(student.displacement)
  }

  /// Whether both attacks have changed the class.
  public var isCrossed: Bool { teacher.predicted != base && student.predicted != base }
  /// Whether both have, and no displacement is zero.
  public var isUsed: Bool { isCrossed && teacher.length > 0 && student.length > 0 }
  /// The shorter displacement's length in the longer one's.
  public var magnitude: Double {
    min(teacher.length, student.length) / max(teacher.length, student.length)
  }
  /// The cosine of the angle between the displacements.
  public var angle: Double { product / (teacher.length * student.length) }
}
