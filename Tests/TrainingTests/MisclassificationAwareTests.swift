import Testing

@testable import Training

/// The loss of MART against PyTorch in double precision.
struct MisclassificationAwareTests {
  struct Golden: Decodable {
    var labels: [Int]
    var clean: [[Double]]
    var adversarial: [[Double]]
    var bce: Double
    var kl: Double
    var loss: Double
    /// With the numbers that the published program adds to probabilities.
    var program: Double
    var clean_gradient: [[Double]]
    var adversarial_gradient: [[Double]]
  }

  private func golden() throws -> Golden {
    struct File: Decodable { var logits: Golden }
    return try GoldenRun.fixture("12_mart", as: File.self).logits
  }

  private func loss(_ golden: Golden, adversarial: [[Double]]? = nil) -> BatchLoss {
    BatchLoss(
      PublishedRecipe.misclassificationAware.recipe.loss,
      of: LossInputs(
        logits: [.clean: golden.clean, .adversarial: adversarial ?? golden.adversarial],
        teacher: [], labels: golden.labels, epoch: 1, epochs: 120))
  }

  @Test func valuesAndGradientsAreThoseOfPyTorch() throws {
    let golden = try golden()
    let loss = loss(golden)
    #expect(abs((loss.parts["bce"] ?? .nan) - golden.bce) < 1e-10)
    #expect(abs((loss.parts["kl"] ?? .nan) - golden.kl) < 1e-10)
    #expect(abs(loss.total - golden.loss) < 1e-10)
    for (pass, expected) in [
      (ForwardPass.clean, golden.clean_gradient), (.adversarial, golden.adversarial_gradient),
    ] {
      let rows = try #require(loss.gradients[pass])
      #expect(rows.count == 6 && rows.allSatisfy { $0.count == 5 })
      let differences = zip(rows.joined(), expected.joined()).map { abs($0 - $1) }
      #expect(differences.allSatisfy { $0 < 1e-10 }, "\(pass)")
    }
  }

  /// What the program adds to probabilities changes little where none is near 1.
  @Test func theProgramsLossIsNear() throws {
    let golden = try golden()
    #expect(abs(loss(golden).total / golden.program - 1) < 1e-2)
  }

  @Test func aSureAndWrongNetworkHasAFiniteLoss() throws {
    let golden = try golden()
    let sure = golden.labels.map { label in (0..<5).map { $0 == (label + 1) % 5 ? 800.0 : 0 } }
    let loss = loss(golden, adversarial: sure)
    #expect(loss.total.isFinite)
    #expect(loss.gradients[.adversarial]?.joined().allSatisfy(\.isFinite) == true)
    // −log p_y and −log(1 − pₖ) are the logit's lead, and a bit less.
    #expect(abs((loss.parts["bce"] ?? .nan) - 1600) < 2)
  }

  @Test func theFactorIsSetAsLambda() throws {
    var changes = RecipeChanges()
    changes.robustnessWeight = 6
    let published = try PublishedRecipe.named("mart", classes: 10)
    let (changed, title) = try changes.applied(to: published, budget: .full)
    #expect(title == "mart (lambda 6.0)")
    #expect(changed.recipe.loss.terms.map(\.weight) == [1, 6])
    changes.course.cutMix = 1
    let error = #expect(throws: TrainingError.self) {
      try changes.applied(to: published, budget: .full)
    }
    #expect(error?.place == "cutmix")
  }
}
