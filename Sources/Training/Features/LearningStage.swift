internal import Execution
internal import Graphs
internal import Tensors

/// What is made smaller in a stage of training, with both networks opened for it.
struct LearningStage {
  let loss: TrainingLoss
  let wiring: Wiring
  /// Gives a row of logits and taps; nil where nothing inside is read.
  let openTeacher: FrozenNetwork?

  init(
    _ loss: TrainingLoss, student: Model, teacher: Model?, random: RandomStream,
    on machine: Machine
  ) throws {
    self.loss = loss
    wiring = try Wiring(loss, student: student, teacher: teacher, random: random)
    openTeacher = try wiring.teacher.map { try FrozenNetwork($0.model, on: machine) }
  }

  /// What the teacher says of images: a row of logits an image, and what is read inside of it.
  func teacher(of images: [Image]) async throws -> (logits: [[Double]], maps: [FeatureMap])? {
    guard let openTeacher, let opened = wiring.teacher else { return nil }
    let rows = try await openTeacher.logits(of: images)
    let width = rows.first?.count ?? 0
    let all = Array(rows.joined())
    return (
      rows.map { $0.prefix(opened.classes).map { Double($0) } },
      opened.taps.map { FeatureMap($0, of: all, width: width, images: rows.indices) }
    )
  }

  /// What every term asked for.
  ///
  /// - Parameters:
  ///   - student: what is read inside the student, in the order of reading.
  ///   - teacher: what the teacher's taps give.
  ///   - adapted: what trained layers make of that.
  ///   - parameters: those that terms keep are among them.
  /// - Returns: one a term.
  func features(
    student: [FeatureMap], teacher: [FeatureMap], adapted: [[FeatureMap]],
    parameters: [String: Tensor]
  ) -> [TermFeatures] {
    wiring.readings.map { reading in
      var features = TermFeatures()
      features.student = Array(student[reading.student])
      features.teacher = wiring.sources[reading.teacher].map { source in
        switch source {
        case .tap(let tap): teacher[tap]
        case .adapter(let number, let output): adapted[number][output]
        }
      }
      for (name, full) in reading.tensors { features.tensors[name] = parameters[full] }
      return features
    }
  }

  /// The gradients of a loss, dealt out to what gave the features.
  ///
  /// - Parameters:
  ///   - gradients: of every term, of the images of all ranks.
  ///   - rows: which images are this rank's.
  /// - Returns: of the student's maps, and of adapters' outputs.
  func cotangent(
    _ gradients: [FeatureGradients], of rows: Range<Int>
  ) -> (maps: [[Double]], adapted: [[[Double]]]) {
    func own(_ gradient: [Double], _ shape: FeatureShape) -> [Double] {
      Array(gradient[rows.lowerBound * shape.count..<rows.upperBound * shape.count])
    }
    let taps = wiring.student?.taps ?? []
    var maps = taps.map { [Double](repeating: 0, count: rows.count * $0.shape.count) }
    var adapted = wiring.adapters.map { adapter in
      adapter.outputs.map { [Double](repeating: 0, count: rows.count * $0.shape.count) }
    }
    for (reading, gradient) in zip(wiring.readings, gradients) {
      for (place, values) in zip(reading.student, gradient.student) {
        maps[place] = own(values, taps[place].shape)
      }
      for (place, values) in zip(reading.teacher, gradient.teacher) {
        guard case .adapter(let number, let output) = wiring.sources[place] else { continue }
        adapted[number][output] = own(values, wiring.adapters[number].outputs[output].shape)
      }
    }
    return (maps, adapted)
  }

  /// Adds the gradients of terms' own tensors, which every rank has alike.
  func add(_ gradients: [FeatureGradients], to gradient: inout LossGradient) {
    for (reading, own) in zip(wiring.readings, gradients) {
      for (name, values) in own.tensors {
        guard let full = reading.tensors[name], let shape = wiring.parameters[full]?.shape else {
          continue
        }
        gradient.add(Tensor(shape: shape, elements: values.map { Float($0) }), to: full)
      }
    }
  }
}
