import Foundation
import Testing

@testable import Analysis

@Suite struct `Ambiguous images` {
  /// Ratios at τ are e^(−gap/τ): gaps 0, 1, 5 and 2, so at τ = 2 ratios 1, 0.607, 0.082 and 0.368.
  private func analysis(_ temperature: Double, spread: Double, limit: Int = 9) -> AmbiguityAnalysis
  {
    AmbiguityAnalysis(
      [[3, 3, 0], [2, 0, 1], [5, 0, 0], [0, 1, 3]], labels: [0, 0, 0, 2],
      indices: [10, 11, 12, 13],
      names: ["a", "b"], temperature: temperature, spread: spread, temperatures: [1, 2],
      limit: limit)
  }

  @Test func `The most ambiguous image comes first, and all that spread are counted`() {
    let found = analysis(2, spread: 0.3)
    #expect(found.images.map(\.index) == [10, 11, 13])
    #expect(found.count == 3)
    #expect(found.shares == [0.5, 0.75])
    #expect(found.images[0].classes == [0, 1])
    // Class 0, whose ratio is e^(−2/2) = 0.368, counts as well.
    #expect(found.images[1].classes == [0, 2, 1])
    #expect(analysis(2, spread: 0.3, limit: 1).images.count == 1)
    #expect(analysis(2, spread: 0.3, limit: 1).count == 3)
  }

  @Test func `Probabilities are the softmax at each temperature`() throws {
    let image = try #require(analysis(2, spread: 0.5).images.last)
    let powers = [2.0, 1, 0].map { exp($0 / 1) }
    #expect(abs(image.probabilities[0][0] - powers[0] / powers.reduce(0, +)) < 1e-12)
    let softer = [2.0, 1, 0].map { exp($0 / 2) }
    #expect(abs(image.probabilities[1][1] - softer[1] / softer.reduce(0, +)) < 1e-12)
  }
}

@Suite struct `Discrepancy of labels` {
  private var simulation: DiscrepancySimulation {
    DiscrepancySimulation(.init(), scales: [1, 10, 100])
  }

  /// The drawn share of 100,000 images deviates from 3 % by 0.054 % as a rule; here four times that.
  @Test func `Simulated values are near the closed forms`() {
    let found = simulation
    #expect(abs(found.ambiguousDrawn - 0.03) < 4 * (0.03 * 0.97 / 100_000).squareRoot())
    for row in found.softness {
      let scale = 2 * abs(abs(0.4 - row.softness) - abs(0.001 - row.softness))
      #expect(abs(row.simulated - row.expected) <= scale * 0.0022 + 1e-12)
      #expect(abs(row.simulatedDivergence - row.expectedDivergence) < 0.006)
    }
    // By hand: 2·(0.03·0.399) of the one-hot model.
    #expect(abs(found.softness[0].expected - 0.02394) < 1e-12)
  }

  /// LTD's point: a tenth of the ambiguity as softness is nearer to the truth than none, in nats.
  @Test func `A little softness is nearer to the truth than one-hot labels and than much`() throws {
    let rows = simulation.softness
    let soft = try #require(rows.first { $0.softness == 0.04 })
    #expect(soft.expectedDivergence < rows[0].expectedDivergence)
    #expect(soft.expectedDivergence < rows[rows.count - 1].expectedDivergence)
  }

  /// Σq² of a Dirichlet distribution with K equal parameters a is (1 + a)/(1 + Ka).
  @Test func `Draws have a Dirichlet distribution's concentration`() {
    let found = simulation
    #expect(found.certain > 0.97)
    for row in found.scales {
      #expect(abs(row.concentration - row.expectedConcentration) < 0.01)
    }
    #expect(found.scales.map(\.scale) == [nil, 1, 10, 100])
  }
}
