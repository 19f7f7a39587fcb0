import Foundation
import Testing

@testable import Analysis

@Suite struct `Maps of features` {
  private struct Step: Decodable {
    var kl, momentum, exaggeration: Double
    var gains, y: [[Double]]
  }

  private struct Twelve: Decodable {
    var beta: [Double]
    var conditional, joint, gradient, gradient_exaggerated: [[Double]]
    var kl, kl_exaggerated: Double
    var plain, exaggerated: [Step]
    var trustworthiness, neighbours: [String: Double]
  }

  private struct Thirty: Decodable {
    var beta, conditional_row0, joint_row0: [Double]
    var joint_l2, kl, final_kl: Double
    var gradient: [[Double]]
    var trustworthiness: [String: Double]
  }

  private struct Silhouette: Decodable {
    var mean: Double
    var labels: [Int]?
  }

  private func points(
    _ tensor: Int, _ count: Int, _ dimensions: Int, scale: Double, shift: Double = 0
  ) -> Points {
    Points(
      (0..<count).map { i in
        (0..<dimensions).map { j in
          scale * GoldenNumbers.u(tensor + i, j) + (j == i % 3 ? shift : 0)
        }
      })
  }

  private var twelve: (x: Points, y: Points) {
    (points(8000, 12, 3, scale: 3, shift: 2), points(8100, 12, 2, scale: 0.5))
  }

  private func largest(_ found: [Double], _ expected: [Double]) -> Double {
    #expect(found.count == expected.count)
    return zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
  }

  /// Made with NumPy and scikit-learn in double precision.
  @Test(arguments: [1, 2, 3]) func `Affinities, divergence and gradient agree digit for digit`(
    threads: Int
  ) throws {
    let golden = try Golden.part("tsne_12", as: Twelve.self)
    let (x, y) = twelve
    let affinities = Affinities(x, perplexity: 3, threads: threads)
    #expect(largest(affinities.precisions, golden.beta) < 1e-9)
    #expect(largest(affinities.conditional, golden.conditional.flatMap { $0 }) < 1e-9)
    #expect(largest(affinities.joint, golden.joint.flatMap { $0 }) < 1e-9)
    let embedding = NeighbourEmbedding(affinities, map: y.values, threads: threads)
    #expect(abs(embedding.divergence() - golden.kl) < 1e-9)
    #expect(abs(embedding.divergence(exaggeration: 12) - golden.kl_exaggerated) < 1e-8)
    #expect(largest(embedding.gradient(), golden.gradient.flatMap { $0 }) < 1e-9)
    #expect(
      largest(
        embedding.gradient(exaggeration: 12), golden.gradient_exaggerated.flatMap { $0 }) < 1e-9)
  }

  @Test func `The first steps agree digit for digit`() throws {
    let golden = try Golden.part("tsne_12", as: Twelve.self)
    let (x, y) = twelve
    let affinities = Affinities(x, perplexity: 3, threads: 1)
    for (steps, rate) in [(golden.plain, 10.0), (golden.exaggerated, 2.0)] {
      var embedding = NeighbourEmbedding(affinities, map: y.values, threads: 1)
      for step in steps {
        #expect(abs(embedding.divergence(exaggeration: step.exaggeration) - step.kl) < 1e-8)
        embedding.step(rate: rate, momentum: step.momentum, exaggeration: step.exaggeration)
        #expect(largest(embedding.map, step.y.flatMap { $0 }) < 1e-8)
        #expect(largest(embedding.gains, step.gains.flatMap { $0 }) < 1e-12)
      }
    }
  }

  @Test func `Quality of clusters and maps is scikit-learn's`() throws {
    let golden = try Golden.part("tsne_12", as: Twelve.self)
    let silhouettes = try Golden.part("silhouette", as: [String: Silhouette].self)
    let (x, _) = twelve
    let y = Points((try #require(golden.plain.last)).y)
    let labels = (0..<12).map { $0 % 3 }
    for (name, points, labels) in [
      ("x", x, labels), ("y", y, labels),
      ("singleton", x, try #require(silhouettes["singleton"]?.labels)),
    ] {
      let found = ClusterQuality(points, labels: labels, threads: 2).silhouette
      #expect(abs(found - (silhouettes[name]?.mean ?? .nan)) < 1e-9)
    }
    for (neighbours, expected) in golden.trustworthiness {
      let found = Trustworthiness.of(
        y, x, neighbours: try #require(Int(neighbours)), threads: 2)
      #expect(abs(found - expected) < 1e-9)
    }
  }

  /// Two classes on a line at 0, 1 and 10, 12: within 1 and 2, between 10, 12, 9, 11; by hand.
  @Test func `Distances and neighbours are counted as they are said to be`() {
    let points = Points([[0], [1], [10], [12]])
    let quality = ClusterQuality(points, labels: [0, 0, 1, 1], neighbours: 1, threads: 1)
    #expect(quality.purity == 1)
    #expect(abs((quality.distanceRatio ?? .nan) - 1.5 / 10.5) < 1e-12)
    let mixed = ClusterQuality(points, labels: [0, 1, 0, 1], neighbours: 3, threads: 1)
    #expect(abs(mixed.purity - 1.0 / 3) < 1e-12)
  }

  @Test func `A larger example agrees, and its final map is as good as scikit-learn's`() throws {
    let golden = try Golden.part("tsne_30", as: Thirty.self)
    let x = points(7000, 30, 8, scale: 1, shift: 1.5)
    let y = points(7500, 30, 2, scale: 10)
    let affinities = Affinities(x, perplexity: 5, threads: 2)
    #expect(largest(affinities.precisions, golden.beta) < 1e-6)
    #expect(largest(Array(affinities.conditional.prefix(30)), golden.conditional_row0) < 1e-9)
    #expect(largest(Array(affinities.joint.prefix(30)), golden.joint_row0) < 1e-9)
    let length = affinities.joint.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(length - golden.joint_l2) < 1e-9)
    let embedding = NeighbourEmbedding(affinities, map: y.values, threads: 2)
    #expect(abs(embedding.divergence() - golden.kl) < 1e-8)
    #expect(largest(embedding.gradient(), golden.gradient.flatMap { $0 }) < 1e-9)
    for (neighbours, expected) in golden.trustworthiness {
      let found = Trustworthiness.of(y, x, neighbours: try #require(Int(neighbours)), threads: 1)
      #expect(abs(found - expected) < 1e-9)
    }
    var settings = NeighbourEmbedding.Settings()
    settings.perplexity = 5
    let maps = [1, 2, 5].map {
      NeighbourEmbedding.map(of: x, settings, threads: $0, observer: { _ in })
    }
    #expect(maps[0].map == maps[1].map && maps[0].map == maps[2].map)
    #expect(maps[0].divergence < 1.02 * golden.final_kl)
  }

  /// UCI's digits, perplexity 30.
  ///
  /// scikit-learn 1.9.1's exact map ends at 0.67992 nats, with a
  /// trustworthiness of 0.99506 and 98.39 % neighbours of a point's own class among five.
  @Test func `On handwritten digits the map is no worse than scikit-learn's exact one`() throws {
    let path = try #require(
      Bundle.module.url(forResource: "digits", withExtension: "u8", subdirectory: "Fixtures"))
    let bytes = [UInt8](try Data(contentsOf: path))
    let rows = stride(from: 0, to: bytes.count, by: 65).map { Array(bytes[$0..<$0 + 65]) }
    let points = Points(rows.map { $0.prefix(64).map(Double.init) })
    let labels = rows.map { Int($0[64]) }
    let found = NeighbourEmbedding.map(of: points, .init(), threads: 2, observer: { _ in })
    let map = Points(
      stride(from: 0, to: found.map.count, by: 2).map { Array(found.map[$0...$0 + 1]) })
    let quality = ClusterQuality(map, labels: labels, neighbours: 5, threads: 2)
    #expect(found.divergence < 1.02 * 0.67992)
    #expect(Trustworthiness.of(map, points, neighbours: 5, threads: 2) > 0.99506)
    #expect(quality.silhouette > 0.5)
    #expect(quality.purity > 0.983)
  }
}
