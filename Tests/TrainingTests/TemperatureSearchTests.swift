import Tensors
import Testing

@testable import Training

/// The search over made-up networks, whose robustness is a function of the temperature.
struct TemperatureSearchTests {
  private func search(
    _ coarse: [Double], refinements: Int, _ resistance: (Double) -> Resistance
  ) throws -> TemperatureSearch {
    var search = try TemperatureSearch(coarse: coarse, refinements: refinements)
    while let (temperature, stage) = search.next {
      search.add(
        TemperatureSearch.Trial(
          temperature: temperature, stage: stage, resistance: resistance(temperature)))
    }
    return search
  }

  private func robust(_ count: Int, clean: Int = 90, broken: Int = 0) -> Resistance {
    Resistance(images: 100, clean: clean, robust: count, broken: broken)
  }

  @Test func itRefinesBetweenTheNeighboursOfTheBest() throws {
    let search = try search([10, 1, 5, 2], refinements: 2) { robust($0 < 4.5 ? 50 : 40) }
    #expect(search.trials.map(\.temperature) == [1, 2, 5, 10, 1.33, 1.67])
    #expect(search.trials.map(\.stage) == [.coarse, .coarse, .coarse, .coarse, .fine, .fine])
    let inside = try self.search([1, 2, 5, 10], refinements: 2) {
      robust(60 - Int(10 * abs($0 - 4)))
    }
    #expect(inside.trials.map(\.temperature) == [1, 2, 5, 10, 3, 4, 6.67, 8.33])
    #expect(inside.best?.temperature == 4)
    #expect(inside.best?.stage == .fine)
  }

  @Test func ofEqualsTheMoreAccurateThenTheCoolerWins() throws {
    let search = try search([1, 2, 5], refinements: 0) { robust(50, clean: $0 > 1 ? 91 : 90) }
    #expect(search.best?.temperature == 2)
  }

  @Test func aNetworkThatMasksGradientsIsNotEligible() throws {
    let search = try search([1, 2, 5, 10], refinements: 1) { temperature in
      temperature > 4 ? robust(80, broken: 79) : robust(50, broken: 5)
    }
    #expect(search.best?.temperature == 1)
    #expect(search.trials.map(\.temperature) == [1, 2, 5, 10, 1.5])
    #expect(search.csv.contains("10.0,coarse,100,90,80,79,true\n"))
    let report = search.markdown(title: "ltd", command: "robtrain search-temperature")
    #expect(
      report.contains(
        "| 10.0 | coarse | 90.00 % | 80.00 % | 79 of 80 | masks gradients |"))
    #expect(report.contains("| 1.0 | coarse | 90.00 % | 50.00 % | 5 of 50 | best |"))
    #expect(report.contains("The best temperature is 1.0."))
  }

  @Test(arguments: [(80, 80), (0, 0)])
  func withoutAnEligibleNetworkThereIsNoSecondGridAndNoBest(
    _ withstood: Int, _ broken: Int
  ) throws {
    let search = try search([1, 2], refinements: 3) { _ in robust(withstood, broken: broken) }
    #expect(search.trials.count == 2)
    #expect(search.best == nil)
  }

  @Test(arguments: [[], [0, 1], [-1], [.infinity]])
  func aGridOfOtherThanPositiveNumbersIsRefused(_ grid: [Double]) {
    let error = #expect(throws: TrainingError.self) {
      try TemperatureSearch(coarse: grid, refinements: 1)
    }
    #expect(error?.exitCode == 64)
  }

  /// Untrained networks are right about some images; an attack can only take from these.
  @Test func resistanceCountsWhatIsLeftAfterEachAttack() async throws {
    let run = try TinyRun(LearnerTests.recipe(.evaluation))
    let model = InitialWeights.model(of: try TinyRun.network(), random: .init(seed: 4))
    let learner = try LearnerTests.learner(LearnerTests.recipe(.evaluation), model)
    let set = try run.images()
    func resistance(_ radius: Double) async throws -> Resistance {
      try await learner.resistance(
        on: 0..<40, of: set.dataset, to: SelectionAttack(steps: 10, radius: radius, norm: .linf),
        random: .init(seed: 1))
    }
    let (none, all) = try await (resistance(0), resistance(1))
    #expect(none.images == 40)
    #expect(none.clean > 0)
    #expect(none.robust == none.clean)
    #expect(none.broken == 0)
    #expect(all.clean == none.clean)
    #expect(all.robust - all.broken < none.robust)
  }
}
