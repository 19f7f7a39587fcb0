import RobevalKit

/// An attack of one's own: signed steps toward larger cross-entropy, until an image is misclassified.
struct SignWalk: Attack {
  let name = "sign-walk"
  var steps = 10

  var settings: [String: String] { ["steps": "\(steps)"] }

  /// What an image may cost: a verification holds recorded costs against it.
  func cost(in norm: Norm, classes: Int) -> AttackCost {
    let most = Double(steps)
    return AttackCost(
      ofSurvivor: PassRange(forwards: most...most, backwards: most...most),
      ofFooled: PassRange(forwards: 1...most, backwards: 1...most))
  }

  func attack(
    _ example: Example, within set: some PerturbationSet, asking oracle: some SharedOracle,
    random: RandomStream
  ) async throws -> Candidate {
    var image = example.image
    var best = Candidate(image: image, isAdversarial: false, value: -.infinity)
    for _ in 0..<steps {
      let answer = try await oracle.gradient(
        of: CrossEntropy(), at: image, label: example.label)
      if answer.logits.argmax != example.label {
        return Candidate(image: image, isAdversarial: true, value: answer.value)
      }
      if answer.value > best.value {
        best = Candidate(image: image, isAdversarial: false, value: answer.value)
      }
      let direction = set.steepest(answer.gradient)
      let length = set.radius / 4
      image = set.project(
        image.combined(with: direction) { $0 + length * $1 }, around: example.image)
    }
    return best
  }
}
