import Execution
import Tensors

/// An oracle whose gradients are means over several passes, for networks that draw random numbers.
///
/// The value and the logits are those of the last pass, as in AutoAttack's version `rand`.
/// Source: Athalye et al., *Obfuscated gradients give a false sense of security*, ICML 2018, §4
/// (expectation over transformation, EOT).
struct AveragedGradients<Base: Oracle>: Oracle {
  let base: Base
  let passes: Int

  var classes: Int { base.classes }

  func logits(at image: Image) async throws -> [Float] { try await base.logits(at: image) }

  func gradient(
    of objective: some Objective, at image: Image, label: Int
  ) async throws -> Answer {
    var answer = try await base.gradient(of: objective, at: image, label: label)
    var sum = answer.gradient
    for _ in 1..<passes {
      answer = try await base.gradient(of: objective, at: image, label: label)
      sum = sum + answer.gradient
    }
    answer.gradient = (1 / Float(passes)) * sum
    return answer
  }
}
