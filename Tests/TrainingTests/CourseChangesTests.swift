import Testing

@testable import Training

@Suite struct CourseChangesTests {
  private func applied(
    _ name: String = "trades", _ change: (inout RecipeChanges) -> Void
  ) throws -> (PublishedRecipe, title: String) {
    var changes = RecipeChanges()
    change(&changes)
    return try changes.applied(
      to: PublishedRecipe.named(name, classes: 10), budget: .full)
  }

  @Test func aScheduleIsReplacedButItsLargestRateStays() throws {
    let (cycled, title) = try applied {
      $0.course.schedule = .oneCycle
      $0.course.rise = 0.25
      $0.epochs = 40
    }
    #expect(title == "trades (40 epochs, schedule onecycle, rise 0.25)")
    let rates = (1...40).map { cycled.recipe.learningRate.rate(at: .init(epoch: $0, of: 40)) }
    #expect(abs(rates[0] - 0.1 / 25) < 1e-15)
    #expect(rates.firstIndex(of: 0.1) == 9)
    #expect(abs(rates[39] - 0.1 / 250_000) < 1e-15)
    let momenta = (1...40).map { cycled.recipe.learningRate.momentum(at: .init(epoch: $0, of: 40)) }
    #expect(momenta[0] == 0.95 && momenta[9] == 0.85 && momenta[39] == 0.95)
  }

  @Test(arguments: [
    (LearningRateSchedule.Shape.constant, [0.1, 0.1, 0.1, 0.1]),
    (.steps, [0.1, 0.1, 0.01, 0.001]), (.piecewise, [0.1, 0.01, 0.001, 0.001]),
    (.triangle, [0, 0.05, 0.1, 0.05]),
    (.cosine, [0.0904508497, 0.0654508497, 0.0345491503, 0.0095491503]),
  ])
  func schedulesOfFourEpochsHaveTheseRates(
    shape: LearningRateSchedule.Shape, expected: [Double]
  ) throws {
    let (changed, _) = try applied("natural") {
      $0.course.schedule = shape
      $0.epochs = 4
      $0.course.drops = shape == .steps ? [3, 4] : nil
    }
    let schedule = changed.recipe.learningRate
    #expect(schedule.shape == shape)
    let rates = (1...4).map { schedule.rate(at: .init(epoch: $0, of: 4)) }
    #expect(zip(rates, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(rates)")
  }

  @Test func newStepsComeAfterHalfAndThreeQuarters() {
    let schedule = LearningRateSchedule.constant(1).shaped(.steps, epochs: 5)
    #expect(schedule == .steps(initial: 1, factor: 0.1, epochs: [4, 5]))
    #expect(
      LearningRateSchedule.constant(1).shaped(.steps, epochs: 1).rate(at: .init(epoch: 1, of: 1))
        == 1)
  }

  @Test func thePublishedScheduleIsNoDeparture() throws {
    let (same, title) = try applied { $0.course.schedule = .steps }
    #expect(title == "trades")
    #expect(same.recipe.learningRate == PublishedRecipe.trades.recipe.learningRate)
  }

  @Test func theLargestRateAppliesToTheNewSchedule() throws {
    let (changed, title) = try applied {
      $0.course.schedule = .cosine
      $0.learningRate = 0.2
    }
    #expect(title == "trades (schedule cosine, lr 0.2)")
    #expect(changed.recipe.learningRate == .cosine(initial: 0.2, period: 77, shift: 0))
  }

  @Test func averagesHaveTheirSourcesNumbersOrOthers() throws {
    let (usual, title) = try applied {
      $0.course.average = .steps
      $0.epochs = 40
    }
    #expect(usual.averaging == .steps(decay: 0.995, warmUp: 1))
    #expect(title.contains("weights average over steps after 1.0 epochs"))
    let (other, _) = try applied("ikl-at") {
      $0.course.averageDecay = 0.5
      $0.course.averageStart = 7
    }
    #expect(other.averaging == .epochs(decay: 0.5, first: 7))
    let (none, shorter) = try applied("ikl-at") { $0.course.average = WeightAveraging.Kind.none }
    #expect(none.averaging == .none)
    #expect(shorter == "ikl-at (weights of the last step)")
  }

  @Test func whatDoesNotFitIsRefused() {
    let wrong: [(String, (inout RecipeChanges) -> Void)] = [
      ("average-decay", { $0.course.averageDecay = 0.9 }),
      ("average-from", { $0.course.averageStart = 3 }),
      (
        "average-from",
        { changes in
          changes.course.average = .epochs
          changes.course.averageStart = 0.5
        }
      ),
      (
        "average-decay",
        { changes in
          changes.course.average = .steps
          changes.course.averageDecay = 1
        }
      ),
      (
        "drops",
        { changes in
          changes.course.schedule = .cosine
          changes.course.drops = [3]
        }
      ),
      ("drops", { $0.course.drops = [9, 3] }),
      ("rise", { $0.course.rise = 0.3 }),
      (
        "momentum",
        { changes in
          changes.course.schedule = .oneCycle
          changes.momentum = 0.9
        }
      ),
      ("cutmix", { $0.course.cutMix = -1 }),
    ]
    for (option, change) in wrong {
      let error = #expect(throws: TrainingError.self) { try applied("trades", change) }
      #expect(error?.place == option)
      #expect(error?.kind == .usage)
    }
  }

  @Test func extraImagesAreNamed() throws {
    #expect(try applied { $0.course.extraShare = 0.7 }.title == "trades (extra images 0.7)")
  }
}
