import Attacks
import Testing

@testable import Training

@Suite struct OverfittingWatchTests {
  private func falls(_ accuracies: [Double]) -> [OverfittingWatch.Fall] {
    var watch = OverfittingWatch()
    for (step, accuracy) in accuracies.enumerated() {
      _ = watch.note(accuracy, on: .training, epoch: 1, step: step)
    }
    return watch.falls
  }

  @Test func aFallOfMoreThanFifteenPointsIsToldOnce() {
    #expect(falls([0.1, 0.3, 0.4, 0.26, 0.41]).isEmpty)
    let found = falls([0.1, 0.3, 0.4, 0.02, 0, 0.01])
    #expect(found.count == 1)
    #expect(found.first?.step == 3)
    #expect(found.first?.best == 0.4)
    #expect(
      found.first?.text == "catastrophic overfitting in epoch 1, step 3: the accuracy under PGD-10 "
        + "on training images fell from 40.00 % to 2.00 %")
  }

  @Test func aSecondFallAfterARecoveryIsToldToo() {
    #expect(falls([0.4, 0, 0.39, 0.1]).map(\.step) == [1, 3])
  }

  /// Several small falls are one large one.
  @Test func theBestSoFarIsWhatCounts() {
    #expect(falls([0.4, 0.3, 0.26, 0.24]).map(\.step) == [3])
  }

  @Test func imagesOfEitherKindAreComparedWithTheirOwn() {
    var watch = OverfittingWatch()
    #expect(watch.note(0.6, on: .training, epoch: 1, step: 9) == nil)
    #expect(watch.note(0.3, on: .heldOut, epoch: 1, step: 9) == nil)
    #expect(watch.note(0.1, on: .heldOut, epoch: 2, step: 9)?.best == 0.3)
  }

  @Test func onlyCraftingOfOneStepIsWatched() throws {
    let watched = PublishedRecipe.all(classes: 10).map(\.recipe)
      .filter(\.mayOverfitCatastrophically)
    #expect(watched.map(\.name) == ["fast-at", "n-fgsm", "free-at"])
  }
}
