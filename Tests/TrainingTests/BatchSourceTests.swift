import Tensors
import Testing

@testable import Training

@Suite struct BatchSourceTests {
  private func source(_ run: TinyRun) throws -> BatchSource {
    BatchSource(
      try run.images(), batchSize: 12, augmentation: .cropAndFlip, random: RandomStream(seed: 2))
  }

  @Test func anEpochSeesEveryTrainingImageOnceAndNoOther() throws {
    let run = try TinyRun(PublishedRecipe.natural.recipe)
    let source = try source(run)
    for epoch in 1...2 {
      let order = source.order(ofEpoch: epoch)
      let batches = (0..<source.stepsPerEpoch).map {
        source.batch(step: $0, epoch: epoch, order: order)
      }
      #expect(batches.map(\.indices.count) == [12, 12, 12, 4])
      #expect(batches.flatMap(\.indices).sorted() == Array(0..<40))
      #expect(batches.allSatisfy { zip($0.indices, $0.labels).allSatisfy { $0 % 3 == $1 } })
    }
    #expect(source.order(ofEpoch: 1) != source.order(ofEpoch: 2))
  }

  @Test func anImageIsAugmentedAlikeWhereverItStands() throws {
    let run = try TinyRun(PublishedRecipe.natural.recipe)
    let source = try source(run)
    let order = source.order(ofEpoch: 1)
    let one = source.batch(step: 0, epoch: 1, order: order)
    let reversed = source.batch(step: 3, epoch: 1, order: order.reversed())
    let place = try #require(reversed.indices.firstIndex(of: one.indices[1]))
    #expect(one.images[1] == reversed.images[place])
    let later = source.batch(step: 0, epoch: 2, order: order)
    #expect(later.indices == one.indices)
    #expect(later.images != one.images)
  }

  @Test func extraImagesTakeTheirShareOfEveryBatch() throws {
    let images = try TinyRun(PublishedRecipe.natural.recipe).images()
    let set = try TrainingSet(
      images.dataset, holdingOut: .last(6), mixingIn: .init(images.dataset, share: 0.5))
    let source = BatchSource(
      set, batchSize: 12, augmentation: .none, random: RandomStream(seed: 2))
    let order = source.order(ofEpoch: 1)
    let batches = (0..<source.stepsPerEpoch).map {
      source.batch(step: $0, epoch: 1, order: order)
    }
    #expect(batches.map(\.images.count) == [12, 12, 12, 4])
    let published = batches.flatMap { $0.indices.filter { $0 < 46 } }
    #expect(published == Array(order.prefix(20)))
    // Extra images have numbers of their own, so that no two share a random stream.
    #expect(Set(batches.flatMap(\.indices)).count == 40)
  }

  @Test(arguments: [0.0, 1.0, -0.5]) func aShareThatIsNoneIsRefused(share: Double) throws {
    let images = try TinyRun(PublishedRecipe.natural.recipe).images()
    let error = #expect(throws: TrainingError.self) {
      try TrainingSet(
        images.dataset, holdingOut: .none, mixingIn: .init(images.dataset, share: share))
    }
    #expect(error?.place == "extra-share")
  }

  @Test func replaysTakeTheSameBatch() throws {
    let run = try TinyRun(PublishedRecipe.natural.recipe)
    func source(_ replays: Int) throws -> BatchSource {
      BatchSource(
        try run.images(), batchSize: 12, augmentation: .cropAndFlip, cutMix: CutMix(alpha: 1),
        replays: replays, random: RandomStream(seed: 1))
    }
    let (once, thrice) = (try source(1), try source(3))
    #expect(thrice.stepsPerEpoch == 3 * once.stepsPerEpoch)
    let order = once.order(ofEpoch: 2)
    for step in 0..<thrice.stepsPerEpoch {
      let batch = thrice.batch(step: step, epoch: 2, order: order)
      let expected = once.batch(step: step / 3, epoch: 2, order: order)
      #expect(batch.indices == expected.indices && batch.images == expected.images)
      #expect(batch.secondLabels == expected.secondLabels)
      #expect(thrice.isReplay(step) == (step % 3 != 0))
      #expect(!once.isReplay(step))
    }
  }

  @Test func aSplitThatLeavesNothingIsRefused() throws {
    let images = try TinyRun(PublishedRecipe.natural.recipe).images()
    let error = #expect(throws: TrainingError.self) {
      try TrainingSet(images.dataset, holdingOut: .last(46))
    }
    #expect(error?.exitCode == 64)
    let first = try TrainingSet(images.dataset, holdingOut: .first(6))
    #expect(first.positions == 6..<46)
    #expect(first.heldOut == 0..<6)
  }
}
