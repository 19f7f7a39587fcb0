internal import Attacks
internal import Execution
internal import Tensors

/// Images that were made with the teacher's help, for the adversarial pass of a distillation.
struct TeacherSamples: Sendable {
  var images: [Image] = []
  /// Of which image of the batch each was made.
  var rows: [Int] = []
}

extension BoundaryDistillation {
  /// Moves images across the teacher's decision boundary, as far as the attack gets.
  func samples(
    _ rows: [Int], of batch: TrainingBatch, teacher: FrozenNetwork, random: RandomStream
  ) async throws -> TeacherSamples {
    let attack = attack
    let images = try await teacher.each(rows.count) { position, oracle in
      let row = rows[position]
      var random = random.forked(batch.indices[row])
      let logits = try await oracle.logits(at: batch.images[row])
      let ending = try await attack.cross(
        from: space.coordinates(of: batch.images[row]), base: batch.labels[row],
        toward: attack.target(in: logits, using: &random), asking: oracle)
      return space.pixels(at: ending.coordinates)
    }
    return TeacherSamples(images: images, rows: rows)
  }
}

extension LocalDistribution {
  /// Particles around the images of a batch: the first of every image, then the second.
  ///
  /// - Parameters:
  ///   - batch: the images.
  ///   - starts: where particles begin, in that order, as offsets in the space's coordinates; nil to
  ///     draw them.
  ///   - teacher: whose distribution is followed.
  ///   - random: the stream of the step.
  /// - Returns: the particles with the rows of their images.
  /// - Throws: `BackendError` when the backend fails.
  func samples(
    around batch: TrainingBatch, starts: [Image]?, teacher: FrozenNetwork, random: RandomStream
  ) async throws -> TeacherSamples {
    let attacked = attacked(of: batch.count)
    let clouds = try await teacher.each(attacked) { row, oracle in
      let example = Example(
        index: batch.indices[row], image: batch.images[row], label: batch.labels[row])
      var random = random.forked(example.index)
      let given = (0..<count).map { particle in
        starts.map { $0[particle * attacked + row] } ?? offset(example.image.shape, &random)
      }
      return try await cloud(around: example, starts: given, asking: oracle)
    }
    return TeacherSamples(
      images: (0..<count).flatMap { particle in clouds.map { $0[particle] } },
      rows: (0..<count).flatMap { _ in 0..<attacked })
  }

  /// Uniform noise, as in the paper and in the program; in a Euclidean ball it is shortened.
  private func offset(_ shape: FeatureShape, _ random: inout RandomStream) -> Image {
    let reach: Float =
      switch particles {
      case .paper(_, _, let spread, _): spread * radius
      case .authorCode: 0.5
      }
    return random.image(shape: shape) { $0.uniform(in: -reach..<reach) }
  }

  private func cloud(
    around example: Example, starts: [Image], asking oracle: LaneOracle
  ) async throws -> [Image] {
    let reference = try await oracle.logits(at: example.image)
    switch particles {
    case .paper(let steps, let length, let spread, let bandwidth):
      let attack = SteinParticles(
        particles: count, steps: steps, stepSize: .absolute(length), spread: spread,
        bandwidth: bandwidth, space: space)
      return try await attack.cloud(
        around: example, offsets: starts, reference: reference, within: norm.ball(radius: radius),
        asking: oracle)
    case .authorCode:
      return try await AuthorCodeParticles(particles: count, space: space).cloud(
        around: example, noise: starts, reference: reference, asking: oracle)
    }
  }
}
