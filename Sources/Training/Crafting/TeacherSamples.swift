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
  /// They begin at the given starts, offsets in the space's coordinates in that order, or are drawn.
  func samples(
    around batch: TrainingBatch, starts: [Image]?, teacher: FrozenNetwork, random: RandomStream
  ) async throws -> TeacherSamples {
    let attacked = attacked(of: batch.count)
    let clouds = try await teacher.each(attacked) { row, oracle in
      let example = Example(
        index: batch.indices[row], image: batch.images[row], label: batch.labels[row])
      let given = starts.map { starts in (0..<count).map { starts[$0 * attacked + row] } }
      return try await cloud(
        around: example, starts: given, random: random.forked(example.index), asking: oracle)
    }
    return TeacherSamples(
      images: (0..<count).flatMap { particle in clouds.map { $0[particle] } },
      rows: (0..<count).flatMap { _ in 0..<attacked })
  }

  private func cloud(
    around example: Example, starts: [Image]?, random: RandomStream, asking oracle: LaneOracle
  ) async throws -> [Image] {
    let reference = try await oracle.logits(at: example.image)
    switch particles {
    case .paper(let steps, let length, let spread, let bandwidth):
      let attack = SteinParticles(
        particles: count, steps: steps, stepSize: .absolute(length), spread: spread,
        bandwidth: bandwidth, space: space)
      let ball = norm.ball(radius: radius)
      if let starts {
        return try await attack.cloud(
          around: example, offsets: starts, reference: reference, within: ball, asking: oracle)
      }
      return try await attack.cloud(
        around: example, reference: reference, within: ball, asking: oracle, random: random)
    case .authorCode:
      let attack = AuthorCodeParticles(particles: count, space: space)
      if let starts {
        return try await attack.cloud(
          around: example, noise: starts, reference: reference, asking: oracle)
      }
      return try await attack.cloud(
        around: example, reference: reference, asking: oracle, random: random)
    }
  }
}
