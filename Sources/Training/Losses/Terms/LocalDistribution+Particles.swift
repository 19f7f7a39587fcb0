internal import Attacks
internal import Execution
internal import Tensors

extension LocalDistribution: ImageMakingTerm {
  var joinsPasses: Bool { batches == .joint }
  var asksStudent: Bool { false }

  /// Particles around the images of a batch: the first of every image, then the second.
  ///
  /// They begin at the starts, offsets in the space's coordinates in that order, or are drawn.
  func images(_ request: ImageRequest, teacher: FrozenNetwork) async throws -> TeacherSamples {
    let (batch, starts) = (request.batch, request.starts)
    let attacked = attacked(of: batch.count)
    let clouds = try await teacher.each(attacked) { row, oracle in
      let example = Example(
        index: batch.indices[row], image: batch.images[row], label: batch.labels[row])
      var random = request.random.forked(example.index)
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
