internal import Execution
internal import Graphs
internal import Tensors

/// What is made smaller in a stage of training, with both networks opened for it.
struct LearningStage {
  let loss: TrainingLoss
  let wiring: Wiring
  /// How many rows of a pass an image takes.
  let views: Int
  /// Its recipe's number of epochs.
  let epochs: Int
  /// Gives a row of logits and taps; nil where nothing inside is read.
  let openTeacher: FrozenNetwork?
  /// The parameters and running statistics that it moves; nil for all.
  let moved: Set<String>?

  init(
    _ recipe: Recipe, student: Model, teacher: Model?, images: TrainingLabels, random: RandomStream,
    on machine: Machine
  ) throws {
    loss = recipe.loss
    epochs = recipe.epochs
    views = recipe.rotations == nil ? 1 : Rotations.count
    wiring = try Wiring(
      loss, student: student, teacher: teacher, reach: recipe.reach, images: images,
      random: random)
    guard !loss.joinsPasses || (wiring.parameters.isEmpty && recipe.rotations == nil) else {
      throw TrainingError(
        .preset,
        problem: "the authors' program puts particles and images through the network in one batch, "
          + "and what \(recipe.name) trains must see images only; give `preset paper`")
    }
    let layers = Set(wiring.parameters.keys).subtracting(wiring.fixed)
    switch recipe.reach {
    case .stages: moved = layers.union(try student.graph.parametersOfStages())
    case .layers: moved = layers
    case nil:
      moved = wiring.fixed.isEmpty ? nil : layers.union(student.parameters.keys)
    }
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

  /// Lets terms change their own tensors after a step.
  func remember(_ inputs: LossInputs, in parameters: inout [String: Tensor]) {
    for (position, weighted) in loss.terms.enumerated() {
      let names = wiring.readings[position].tensors
      guard let term = weighted.term as? any FeatureTerm, !names.isEmpty else { continue }
      var inputs = inputs
      inputs.features = inputs.featuresOfTerms[position]
      // Taken out and put back: a second reference would cost a copy.
      inputs.featuresOfTerms = []
      inputs.features.tensors = [:]
      var tensors: [String: Tensor] = [:]
      for (name, full) in names { tensors[name] = parameters.removeValue(forKey: full) }
      term.remember(inputs, in: &tensors)
      for (name, full) in names { parameters[full] = tensors[name] }
    }
  }

  /// Says of every term with which training images those of the batch are compared.
  ///
  /// - Parameters:
  ///   - inputs: of the step.
  ///   - images: all that are trained on.
  ///   - random: the step's stream; it allows one more fork.
  func choosePartners(
    _ inputs: inout LossInputs, among images: TrainingLabels, random: RandomStream
  ) {
    for (position, weighted) in loss.terms.enumerated() {
      guard let term = weighted.term as? any FeatureTerm else { continue }
      inputs.featuresOfTerms[position].images = images.count
      if !inputs.featuresOfTerms[position].partners.isEmpty { continue }
      let partners = inputs.indices.map {
        term.partners(of: $0, among: images, random: random.forked("\(weighted.name) \($0)"))
      }
      if partners.contains(where: { !$0.isEmpty }) {
        inputs.featuresOfTerms[position].partners = partners
      }
    }
  }

  /// The images that the clean pass takes.
  func views(of batch: TrainingBatch) -> [Image] {
    if views == 1 { return batch.images }
    return batch.views.isEmpty ? Rotations.all(of: batch.images) : batch.views
  }

  /// The rows that are of upright images.
  func upright<Row>(_ rows: [Row]) -> [Row] {
    views == 1 ? rows : rows.indices.filter { $0.isMultiple(of: views) }.map { rows[$0] }
  }

  /// Rows of all images, zeros where they are not upright.
  func amongAll(_ rows: [[Double]]) -> [[Double]] {
    if views == 1 { return rows }
    return rows.flatMap { row in
      [row] + Array(repeating: [Double](repeating: 0, count: row.count), count: views - 1)
    }
  }

  /// Leaves only what the stage moves.
  func restrict(_ gradient: inout LossGradient) {
    if let moved { gradient.restrict(to: moved) }
  }

  /// Changes running statistics where the stage moves them.
  func moveStatistics(
    of parameters: inout [String: Tensor], by update: (inout [String: Tensor]) -> Void
  ) {
    guard let moved else { return update(&parameters) }
    let before = parameters.filter { !moved.contains($0.key) }
    update(&parameters)
    parameters.merge(before) { $1 }
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
    let rows = views * rows.lowerBound..<views * rows.upperBound
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
