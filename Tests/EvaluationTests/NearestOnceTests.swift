import Attacks
import Datasets
import Execution
import Synchronization
import Tensors
import Testing

@testable import Evaluation

/// What an evaluation asks of attacks that it does not know by name.
@Suite(.timeLimit(.minutes(5))) struct NearestOnceTests {
  /// Goes straight to where the first pixel is 0.75, and counts its searches.
  private final class Straight: MinimumDistanceAttack {
    let name = "straight"
    let settings: [String: String] = [:]
    let searches = Mutex(0)

    func cost(in norm: Norm, classes: Int) -> AttackCost {
      let passes = PassRange(forwards: 4...5, backwards: 3...3)
      return AttackCost(ofSurvivor: passes, ofFooled: passes)
    }

    func nearest(
      to example: Example, withLogits logits: [Float], in set: some PerturbationSet,
      stoppingWithin enough: Double, asking oracle: some SharedOracle, random: RandomStream
    ) async throws -> Candidate.BoundaryPoint? {
      searches.withLock { $0 += 1 }
      var pixels = example.image.pixels
      pixels[0] = 0.75
      let image = Image(shape: example.image.shape, pixels: pixels)
      return .init(image: image, distance: set.distance(of: image, from: example.image))
    }
  }

  private static let image = Image(
    shape: ThresholdNetwork.shape, pixels: [0.5, 0.25, 0.25, 0.25])

  private let scratch = try? Scratch()

  private func run(_ attack: some Attack, radii: String) async throws -> FinishedRun {
    let pool = ThresholdNetwork.pool(searchingAbove: 0.7, judgingAbove: 0.7)
    defer { pool.stop() }
    let request = EvaluationRequest(
      of: EvaluatedNetwork(name: "threshold", sha256: "0", architecture: "graph", classes: 5),
      on: try Dataset(name: "one", classes: 5, images: [Self.image], labels: [0]),
      attacks: [attack], norm: .linf, radii: try Epsilon.list(radii, refusingAboveOne: true))
    return try await request.run(
      on: SearchEngine(pool, backend: "test", rounding: ["none"]),
      in: try #require(scratch).path("run"))
  }

  @Test func aStrangersSearchForTheNearestImageDecidesWithinEveryRadius() async throws {
    let attack = Straight()
    let finished = try await run(attack, radii: "0.1,0.2,0.3")
    #expect(attack.searches.withLock { $0 } == 1)
    #expect(finished.entries.map(\.outcome) == [.correct, .survived, .survived, .fooled])
    #expect(finished.entries.last?.distance == 0.25)
  }

  @Test func aForecastCountsWhatAnAttackSaysThatItCosts() async throws {
    let pool = ThresholdNetwork.pool(searchingAbove: 0.7, judgingAbove: 0.7)
    defer { pool.stop() }
    let forecast = try await Forecast(
      measuring: pool, on: Self.image, attacks: [Straight()], norm: .linf)
    let expected = 3 * forecast.gradientSeconds + 2 * forecast.forwardSeconds
    #expect(abs(forecast.seconds(for: "straight") - expected) <= 1e-12 * expected)
    #expect(forecast.seconds(for: "unknown") == 0)
  }
}
