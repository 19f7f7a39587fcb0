import Analysis
import Attacks
import Execution
import Graphs
import Tensors
import TestSupport
import Testing

@Suite struct ParticleDiversityTests {
  private struct GoldenDiversity: Decodable {
    struct Run: Decodable {
      var mean, deviation: [Double]
      var average_mean, average_deviation: Double
      var fools: [[Bool]]

      private enum CodingKeys: String, CodingKey {
        case mean, deviation, fools
        case average_mean, average_deviation
      }
    }
    var fc_bias: [Float]
    var runs: [String: Run]
  }

  /// Computed by PyTorch in double precision: four particles around three images.
  @Test(arguments: ["sigma 0.001", "sigma 0.3", "sigma median"])
  func cloudsAreThoseThatPyTorchComputes(name: String) async throws {
    let golden = try Golden.part("diversity", as: GoldenDiversity.self)
    let run = try #require(golden.runs[name])
    let space = InputSpace(
      mean: [0.5071, 0.4867, 0.4408], deviation: [0.2675, 0.2565, 0.2761])
    let network = try Golden.network(
      "resnet20", scale: 4, bias: golden.fc_bias,
      normalization: Normalization(mean: space.mean, deviation: space.deviation))
    let bandwidth: SteinParticles.Bandwidth =
      Float(name.split(separator: " ")[1]).map { .fixed($0) } ?? .median
    let search = SteinParticles(
      steps: 5, stepSize: .absolute(0.1), bandwidth: bandwidth, space: space)
    let clouds = try await Golden.asking(network, about: [1, 5, 9]) { number, oracle in
      let image = Golden.image(number)
      let logits = try await oracle.logits(at: image)
      let offsets = (0..<4).map { draw in
        Image(
          shape: image.shape,
          pixels: (0..<image.count).map {
            Float(0.6 * Formula.value(tensor: 5000 + 100 * draw + number, element: $0))
          })
      }
      let particles = try await search.cloud(
        around: Example(index: number, image: image, label: logits.argmax), offsets: offsets,
        reference: logits, within: Norm.l2.ball(radius: 0.3), asking: oracle)
      var isFooling: [Bool] = []
      for particle in particles {
        isFooling.append(try await oracle.logits(at: particle).argmax != logits.argmax)
      }
      return (
        ParticleCloud(index: number, particles.map(space.coordinates), isFooling: isFooling),
        isFooling
      )
    }
    #expect(clouds.map(\.1) == run.fools)
    let all = clouds.compactMap(\.0.amongAll)
    for (cloud, (mean, deviation)) in zip(all, zip(run.mean, run.deviation)) {
      #expect(abs(cloud.mean - mean) < 5e-4 * mean)
      #expect(abs(cloud.deviation - deviation) < 1e-3 * mean)
    }
    let average = try #require(ParticleDiversity(averaging: all))
    #expect(abs(average.mean - run.average_mean) < 5e-4 * run.average_mean)
    #expect(abs(average.deviation - run.average_deviation) < 1e-3 * run.average_mean)
  }

  private struct Small: Decodable {
    var sse: [[Double]]
    var average_of_means, average_of_stds: Double
  }

  @Test func deviationsAreAveragedAndNotTakenOverImages() throws {
    let golden = try Golden.part("diversity_small", as: Small.self)
    let images = golden.sse.compactMap { ParticleDiversity(squaredDistances: $0) }
    let average = try #require(ParticleDiversity(averaging: images))
    #expect(abs(average.mean - golden.average_of_means) < 1e-9)
    #expect(abs(average.deviation - golden.average_of_stds) < 1e-9)
    for (image, row) in golden.sse.enumerated() {
      let particles = (0..<4).map { particle in
        Image(
          shape: FeatureShape(channels: 5),
          pixels: (0..<5).map { Float(GoldenNumbers.u(8400 + 10 * image + particle, $0)) })
      }
      let found = try #require(ParticleDiversity(of: particles))
      #expect(abs(found.mean - row.reduce(0, +) / 6) < 1e-6)
    }
  }

  /// Squared distances 25 and 100 and 25; the middle one does not fool.
  @Test func onlyParticlesThatFoolCount() {
    let particles = [[0, 0], [3, 4], [6, 8]].map { (pixels: [Float]) in
      Image(shape: FeatureShape(channels: 2), pixels: pixels)
    }
    let cloud = ParticleCloud(index: 0, particles, isFooling: [true, false, true])
    #expect(cloud.fooling == 2)
    #expect(cloud.amongFooling?.mean == 100)
    #expect(cloud.amongAll?.mean == 50)
    let alone = ParticleCloud(index: 0, particles, isFooling: [true, false, false])
    #expect(alone.amongFooling == nil)
  }

  /// Squared distances 25, 25 and 100.
  @Test func distancesAreThoseOfAllPairs() throws {
    let particles = [[0, 0], [3, 4], [6, 8]].map { (pixels: [Float]) in
      Image(shape: FeatureShape(channels: 2), pixels: pixels)
    }
    let diversity = try #require(ParticleDiversity(of: particles))
    #expect(diversity.mean == 50)
    #expect(abs(diversity.deviation - 1250.squareRoot()) < 1e-12)
  }

  @Test func withoutPairsThereIsNoDiversity() {
    let alone = Image(shape: FeatureShape(channels: 1), pixels: [1])
    #expect(ParticleDiversity(of: [alone]) == nil)
    #expect(ParticleDiversity(averaging: []) == nil)
  }
}
