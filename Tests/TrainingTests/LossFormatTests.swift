import Attacks
import Foundation
import Testing

@testable import Training

/// How losses stand in the settings of runs and in the provenance of checkpoints.
struct LossFormatTests {
  /// As runs of version 0.1 and before lists of terms wrote them.
  static let named: [(text: String, loss: TrainingLoss)] = [
    (#"{"natural":{"labelSmoothing":0.1}}"#, .natural(labelSmoothing: 0.1)),
    (#"{"adversarial":{"labelSmoothing":0}}"#, .adversarial(labelSmoothing: 0)),
    (#"{"trades":{"labelSmoothing":0,"weight":6}}"#, .trades(weight: 6, labelSmoothing: 0)),
    (
      #"{"decoupled":{"_0":{"classWeights":{"classMeans":{"temperature":4}},"#
        + #""crossEntropyWeight":4,"reach":"both","squaredErrorWeight":20,"temperature":1}}}"#,
      .decoupled(DecoupledDivergence(squaredErrorWeight: 20, crossEntropyWeight: 4))
    ),
    (
      #"{"lowTemperature":{"temperature":5,"weight":6}}"#,
      .lowTemperature(temperature: 5, weight: 6)
    ),
    (
      #"{"distillation":{"labels":0.1,"temperature":4,"weight":0.9}}"#,
      .distillation(labels: 0.1, weight: 0.9, temperature: 4)
    ),
    (
      #"{"decoupledDistillation":{"_0":{"classWeights":{"sample":{"temperature":100}},"#
        + #""crossEntropyWeight":1,"reach":"second","squaredErrorWeight":8,"temperature":4},"#
        + #""warmUpEpochs":20}}"#,
      .decoupledDistillation(
        DecoupledDivergence(
          squaredErrorWeight: 8, crossEntropyWeight: 1, classWeights: .sample(temperature: 100),
          reach: .second, temperature: 4), warmUpEpochs: 20)
    ),
    (
      #"{"boundaryDistillation":{"_0":{"rate":0.5,"samples":64,"space":{"deviation":[],"mean":[]},"#
        + #""steps":10,"target":"sampled","temperature":3}}}"#,
      .boundaryDistillation(BoundaryDistillation(rate: 0.5, space: .pixels))
    ),
    (
      #"{"localDistribution":{"_0":{"batches":"joint","count":2,"labels":0.1,"norm":"L2","#
        + #""particles":{"authorCode":{}},"radius":0.5,"space":{"deviation":[],"mean":[]},"#
        + #""teacher":0.9,"temperature":4,"weight":0.01}}}"#,
      .localDistribution(
        LocalDistribution(count: 2, radius: 0.5, particles: .authorCode, batches: .joint))
    ),
  ]

  private func text(_ loss: TrainingLoss) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(loss), as: UTF8.self)
  }

  private func loss(_ text: String) throws -> TrainingLoss {
    try JSONDecoder().decode(TrainingLoss.self, from: Data(text.utf8))
  }

  @Test(arguments: named) func aNamedLossKeepsItsName(text: String, loss: TrainingLoss) throws {
    #expect(try self.loss(text) == loss)
    #expect(try self.text(loss) == text)
  }

  @Test func everyRecipesLossIsReadAsItIsWritten() throws {
    for recipe in PublishedRecipe.all(classes: 100).map(\.recipe) {
      #expect(try loss(text(recipe.loss)) == recipe.loss, "\(recipe.name)")
    }
  }

  /// A method and another one's term beside it: what has no name is a list.
  @Test func aSumOfTermsIsReadAsItIsWritten() throws {
    var sum = TrainingLoss.trades(weight: 6, labelSmoothing: 0.1)
    sum.terms.append(
      WeightedTerm(
        "tald", LocalDistribution(), times: 0.02, over: .rising(epochs: 3), as: .lambda))
    let written = try text(sum)
    #expect(written.hasPrefix(#"{"terms":[{"#))
    #expect(try loss(written) == sum)
    var smoothed = TrainingLoss.distillation(labels: 0.1, weight: 0.9, temperature: 4)
    smoothed = try #require(smoothed.setting(.labelSmoothing, to: 0.1))
    #expect(try loss(text(smoothed)) == smoothed)
  }

  @Test(
    arguments: [
      #"{"terms":[{"name":"x","weight":1,"course":{"constant":{}},"unheardOf":{}}]}"#,
      #"{"unheardOf":{"weight":1}}"#, #"{}"#,
    ])
  func anUnknownLossIsNotRead(_ text: String) {
    #expect(throws: DecodingError.self) { try loss(text) }
  }

  @Test func twoTermsCannotBothMakeImages() throws {
    var recipe = PublishedRecipe.boundaryDistillation.recipe
    recipe.loss.terms.append(WeightedTerm("tald", LocalDistribution(), times: 0.01))
    let error = #expect(throws: TrainingError.self) { try recipe.check() }
    #expect(error?.problem.contains("leave one out") == true)
  }
}
