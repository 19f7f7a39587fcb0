import Foundation
import Testing

@testable import Training

/// Learning rates and radii against values that PyTorch's schedulers and the published programs'
/// formulas gave in double precision.
@Suite struct ScheduleTests {
  private let golden: [String: Any]

  init() throws { golden = try goldenSchedules() }

  @Test func stepsFallWhereTheRecipesSay() throws {
    try expect(
      .steps(initial: 0.1, factor: 0.1, epochs: [75, 90, 100]), "TRADES", "epochs_1_to_120")
    try expect(
      .steps(initial: 0.1, factor: 0.1, epochs: [100, 150]), "TRADES-AWP", "epochs_1_to_200")
    try expect(
      .steps(initial: 0.1, factor: 0.1, epochs: [81, 101]), "LTD CIFAR", "epochs_1_to_120")
    try expect(
      .steps(initial: 0.1, factor: 0.1, epochs: [51, 91]), "LTD ImageNet", "epochs_1_to_90")
    let distillation = LearningRateSchedule.steps(
      initial: 0.05, factor: 0.1, epochs: [151, 181, 211])
    try expect(distillation, "KD (RepDistiller / mdistiller) lr=0.05", "epochs_1_to_240")
    try expect(
      distillation.starting(at: 0.01), "KD (RepDistiller / mdistiller) lr=0.01", "epochs_1_to_240")
    try expect(
      .steps(initial: 0.2, factor: 0.1, epochs: [31, 61, 91]), "IKL-KD ImageNet", "epochs_1_to_100")
  }

  @Test(arguments: [(200, 0.2), (10, 0.2), (2, 0.02)])
  func theCosineEndsAboveZero(epochs: Int, rate: Double) throws {
    let published = LearningRateSchedule.cosine(initial: 0.2, period: 201, shift: 0)
    try expect(
      published.lasting(epochs, insteadOf: 200).starting(at: rate),
      "IKL cosine E=\(epochs) lr=\(rate)", "values")
  }

  @Test(arguments: [(10, 8.0), (3, 1.0)])
  func theCosineRisesFirst(epochs: Int, period: Double) throws {
    try expect(
      .cosine(initial: 0.2, period: period, shift: -3, warmUp: 3),
      "IKL cosine with warm-up 3, E=\(epochs), lr=.2", "values")
  }

  @Test(arguments: [200, 10])
  func theCosineMayBeginAtTheFullRate(epochs: Int) throws {
    let published = LearningRateSchedule.cosine(initial: 0.2, period: 200, shift: -1)
    try expect(
      published.lasting(epochs, insteadOf: 200), "DKL-repo TRADES baseline cosine E=\(epochs)",
      "values")
  }

  @Test func aNewOptimiserForgetsMomentum() throws {
    let schedule = LearningRateSchedule.steps(
      initial: 0.1, factor: 0.1, epochs: [40, 60], forgetsMomentum: true)
    try expect(schedule, "BSS-KD E=80", "lr")
    #expect((1...80).filter { schedule.forgetsMomentum(atStartOf: $0) } == [40, 60])
  }

  @Test func thePiecewiseRateFallsWithinAnEpoch() throws {
    let entry = try #require(
      golden["AT-AWP piecewise, 3 batches an epoch, 8 epochs"] as? [String: Any])
    let values = try #require(entry["values_per_epoch"] as? [[Double]])
    for (epoch, rates) in values.enumerated() {
      for (step, rate) in rates.enumerated() {
        let position = SchedulePosition(
          epoch: epoch + 1, step: step, stepsPerEpoch: 3, of: values.count)
        let found = LearningRateSchedule.piecewise(initial: 0.1).rate(at: position)
        #expect(abs(found - rate) < 1e-9, "epoch \(epoch + 1), step \(step)")
      }
    }
  }

  /// PyTorch's `CyclicLR(base_lr=0, max_lr=0.2, step_size_up=4.5, step_size_down=4.5)`, stepped nine
  /// times.
  @Test(arguments: [1, 3, 9]) func theTriangleMovesWithEveryStep(epochs: Int) {
    let expected = [
      0, 0.044444, 0.088889, 0.133333, 0.177778, 0.177778, 0.133333, 0.088889, 0.044444,
    ]
    let steps = expected.count / epochs
    for (number, rate) in expected.enumerated() {
      let position = SchedulePosition(
        epoch: 1 + number / steps, step: number % steps, stepsPerEpoch: steps, of: epochs)
      let found = LearningRateSchedule.triangle(largest: 0.2).rate(at: position)
      #expect(abs(found - rate) < 1e-6, "step \(number)")
    }
    #expect(LearningRateSchedule.triangle(largest: 0.2).starting(at: 0.1).largest == 0.1)
  }

  @Test(arguments: [
    (20, "0.025", "0.2"), (50, "0.025", "0.2"), (40, "0.25", "0.2"), (10, "0.3", "0.1"),
    (400, "0.025", "0.2"),
  ])
  func oneCycleMovesRateAndMomentum(epochs: Int, rise: String, largest: String) throws {
    let name = "OneCycle total=\(epochs) pct_start=\(rise) max_lr=\(largest)"
    let schedule = LearningRateSchedule.oneCycle(
      largest: try #require(Double(largest)), rise: try #require(Double(rise)), startDivisor: 25,
      endDivisor: 1e4)
    try expect(schedule, name, "lr")
    for (epoch, value) in try numbers(name, "momentum").enumerated() {
      let position = SchedulePosition(epoch: epoch + 1, of: epochs)
      let found = try #require(schedule.momentum(at: position))
      #expect(abs(found - value) < 1e-9, "epoch \(epoch + 1)")
    }
  }

  @Test(arguments: [200, 10])
  func theRadiusGrowsToItsFullValue(epochs: Int) throws {
    let schedule = RadiusSchedule.linear(full: 8.0 / 255, epochs: 200).lasting(epochs)
    for (epoch, value) in try numbers("IKL eps schedule E=\(epochs)", "values").enumerated() {
      #expect(abs(schedule.radius(inEpoch: epoch + 1) - value) < 1e-9, "epoch \(epoch + 1)")
    }
  }

  @Test func aShorterRunDropsAtTheSameShare() {
    let published = LearningRateSchedule.steps(initial: 1, factor: 0.5, epochs: [101, 151])
    #expect(
      published.lasting(20, insteadOf: 200)
        == .steps(initial: 1, factor: 0.5, epochs: [11, 16]))
  }

  @Test func aShorterRunKeepsTheDropsOfItsLastEpochsAndNoLaterOnes() {
    let published = LearningRateSchedule.steps(initial: 1, factor: 0.5, epochs: [75, 90])
    #expect(
      published.lasting(4, insteadOf: 76) == .steps(initial: 1, factor: 0.5, epochs: [4, 6]))
  }

  private func expect(
    _ schedule: LearningRateSchedule, _ name: String, _ field: String,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let values = try numbers(name, field)
    for (epoch, value) in values.enumerated() {
      let found = schedule.rate(at: SchedulePosition(epoch: epoch + 1, of: values.count))
      #expect(
        abs(found - value) < 1e-9, "\(name), epoch \(epoch + 1)", sourceLocation: location)
    }
  }

  private func numbers(_ name: String, _ field: String) throws -> [Double] {
    let entry = try #require(golden[name] as? [String: Any], "\(name)")
    return try #require(entry[field] as? [Double], "\(name), \(field)")
  }
}

/// The fixture `schedules.json`.
func goldenSchedules() throws -> [String: Any] {
  let url = try #require(
    Bundle.module.url(forResource: "schedules", withExtension: "json", subdirectory: "Fixtures"))
  let value = try JSONSerialization.jsonObject(with: try Data(contentsOf: url))
  return try #require(value as? [String: Any])
}
