internal import Attacks
internal import Tensors

/// A term over images that a teacher helps to make; they are the adversarial pass.
protocol ImageMakingTerm: LossTerm {
  /// Where their lengths are measured.
  var space: InputSpace { get }

  /// Whether one pass takes them with the clean images behind them.
  var joinsPasses: Bool { get }

  /// Whether the student's logits, in training mode, decide which images are made.
  var asksStudent: Bool { get }

  /// Whether one image's being made depends on the others of the batch.
  var choosesAmongBatch: Bool { get }

  /// Makes them.
  func images(_ request: ImageRequest, teacher: FrozenNetwork) async throws -> TeacherSamples
}

extension ImageMakingTerm {
  /// No: every image for itself.
  var choosesAmongBatch: Bool { false }

  /// Why it refuses images of two classes.
  static var needsOneClass: String { "has its teacher make images of one class out of every image" }
}

/// What images are made from.
struct ImageRequest: Sendable {
  let batch: TrainingBatch
  /// The teacher's logits of the batch.
  let teacherLogits: [[Double]]
  /// The student's, where they are asked for.
  var studentLogits: [[Double]] = []
  /// Where particles begin; nil to draw it.
  var starts: [Image]?
  /// The stream of the step.
  var random: RandomStream
}

/// Images that were made with the teacher's help, for the adversarial pass of a distillation.
struct TeacherSamples: Sendable {
  var images: [Image] = []
  /// Of which image of the batch each was made.
  var rows: [Int] = []
}
