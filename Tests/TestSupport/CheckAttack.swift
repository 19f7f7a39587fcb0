public import Attacks
public import Execution
import Tensors

/// What every attack owes its caller, whatever it does inside.
///
/// - Parameters:
///   - attack: the attack to be checked.
///   - set: the images allowed.
///   - examples: clean images with labels and different indices; some should be fooled and some
///     not.
///   - oracle: the network.
/// - Returns: one sentence for every promise that is broken.
/// - Throws: what the oracle throws.
public func checkAttack(
  _ attack: any Attack, within set: any PerturbationSet, on examples: [Example],
  asking oracle: any SharedOracle
) async throws -> [String] {
  var broken: [String] = []
  func run(_ example: Example, within set: any PerturbationSet) async throws -> Candidate {
    try await attack.attack(
      example, within: set, asking: oracle,
      random: RandomStream(seed: 7).forked(example.index).forked(attack.name))
  }
  // In another order than below.
  var earlier: [Int: Candidate] = [:]
  for example in examples.reversed() {
    earlier[example.index] = try await run(example, within: set)
  }
  for example in examples {
    func expect(_ holds: Bool, _ promise: String) {
      if !holds { broken.append("\(attack.name), example \(example.index): \(promise)") }
    }

    let found = try await run(example, within: set)
    let logits = try await oracle.logits(at: found.image)
    let isCorrectlyClassified = try await oracle.logits(at: example.image).argmax == example.label
    expect(set.contains(found.image, around: example.image), "stays in the set")
    expect(
      !found.isAdversarial || logits.argmax != example.label, "tells successes as they are")
    expect(earlier[example.index] == found, "gives the same bits again and in any order")
    if isCorrectlyClassified {
      let still = try await run(example, within: set.withRadius(0))
      expect(!still.isAdversarial, "fools nothing with a radius of 0")
      expect(still.image == example.image, "stays at the clean image with a radius of 0")
    } else {
      expect(found.isAdversarial, "counts a misclassified image as fooled")
      expect(found.image == example.image, "leaves a misclassified image alone")
    }
  }
  return broken
}
