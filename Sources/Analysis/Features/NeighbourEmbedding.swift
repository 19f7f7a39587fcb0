internal import CEmbedding
internal import Foundation

/// t-SNE, exact: every pair of points counts in every step.
///
/// Source: van der Maaten & Hinton, *Visualizing data using t-SNE*, JMLR 2008; early exaggeration,
/// gains and the learning rate as customary since.
public struct NeighbourEmbedding: Sendable {
  /// How the map is sought.
  public struct Settings: Sendable, Encodable, Hashable {
    /// How many neighbours a point has, in effect.
    public var perplexity = 30.0
    /// Steps.
    public var iterations = 1000
    /// Steps with exaggeration, and with less momentum.
    public var early = 250
    /// By how much neighbourhoods are exaggerated at first.
    public var exaggeration = 12.0
    /// The learning rate; nil for a 48th of the points, at least 50.
    public var rate: Double?

    /// The customary settings.
    public init() {}
  }

  /// The two coordinates of each point.
  public private(set) var map: [Double]
  /// The factors of the rate, by coordinate.
  public private(set) var gains: [Double]
  private var update: [Double]
  private let affinities: Affinities
  private let threads: Int

  /// Begins with a map.
  ///
  /// - Parameters:
  ///   - affinities: of the points.
  ///   - map: their first coordinates, x and y by turns.
  ///   - threads: how many compute; they change no bit.
  public init(_ affinities: Affinities, map: [Double], threads: Int) {
    precondition(map.count == 2 * affinities.count, "every point has two coordinates")
    self.affinities = affinities
    self.map = map
    self.threads = threads
    gains = [Double](repeating: 1, count: map.count)
    update = [Double](repeating: 0, count: map.count)
  }

  /// The derivative of the divergence at the map, and the sum of the map's unnormalised affinities.
  ///
  /// - Parameter exaggeration: multiplies P.
  /// - Returns: in the order of the coordinates.
  public func gradient(exaggeration: Double = 1) -> [Double] {
    let rows = forces()
    let normaliser = (0..<affinities.count).reduce(0.0) { $0 + rows[5 * $1] }
    return (0..<affinities.count).flatMap { point -> [Double] in
      let row = rows[5 * point..<5 * point + 5]
      let start = row.startIndex
      return [1, 2].map { side in
        4 * (exaggeration * row[start + side] - row[start + side + 2] / normaliser)
      }
    }
  }

  /// A step of gradient descent with momentum and gains.
  ///
  /// - Parameters:
  ///   - rate: of learning.
  ///   - momentum: of the last step.
  ///   - exaggeration: multiplies P.
  public mutating func step(rate: Double, momentum: Double, exaggeration: Double) {
    let gradient = gradient(exaggeration: exaggeration)
    for place in map.indices {
      let agrees = update[place] * gradient[place] < 0
      gains[place] = max(0.01, agrees ? gains[place] + 0.2 : gains[place] * 0.8)
      update[place] = momentum * update[place] - rate * gains[place] * gradient[place]
      map[place] += update[place]
    }
  }

  /// The divergence of the map's affinities from those of the features, in nats.
  ///
  /// - Parameter exaggeration: multiplies P, which then is not normalised.
  /// - Returns: Σ p log(p/q).
  public func divergence(exaggeration: Double = 1) -> Double {
    let count = affinities.count
    let (map, joint) = (map, affinities.joint)
    let rows = Rows.computed(count, of: 3, threads: threads) { point, row in
      for other in 0..<count where other != point {
        let x = map[2 * point] - map[2 * other]
        let y = map[2 * point + 1] - map[2 * other + 1]
        let weight = 1 / (1 + x * x + y * y)
        row[0] += weight
        let likelihood = exaggeration * joint[point * count + other]
        if likelihood > 0 {
          row[1] += likelihood * log(likelihood / weight)
          row[2] += likelihood
        }
      }
    }
    let sums = (0..<3).map { side in (0..<count).reduce(0.0) { $0 + rows[3 * $1 + side] } }
    return sums[1] + sums[2] * log(sums[0])
  }

  /// Row by row Σw, Σp·w·Δx, Σp·w·Δy, Σw²·Δx, Σw²·Δy with w = 1/(1 + Δx² + Δy²).
  ///
  /// Calls `embedding_forces`.
  private func forces() -> [Double] {
    let count = affinities.count
    let xs = (0..<count).map { map[2 * $0] }
    let ys = (0..<count).map { map[2 * $0 + 1] }
    let joint = affinities.joint
    return Rows.computed(count, of: 5, threads: threads) { point, row in
      joint.withUnsafeBufferPointer { joint in
        let own = UnsafeBufferPointer(rebasing: joint[point * count..<(point + 1) * count])
        embedding_forces(
          own.baseAddress, xs, ys, xs[point], ys[point], count, row.baseAddress)
      }
      // The point itself has weight 1 and no distance.
      row[0] -= 1
    }
  }
}

extension NeighbourEmbedding {
  /// A map of points, from their two principal components on.
  ///
  /// - Parameters:
  ///   - points: at least three.
  ///   - settings: the perplexity is reduced where there are too few points for it.
  ///   - threads: how many compute; they change no bit.
  ///   - observer: told the number of steps that are done; throws to end the search.
  /// - Returns: coordinates, the final divergence and the perplexity that was used.
  public static func map(
    of points: Points, _ settings: Settings, threads: Int, observer: (Int) throws -> Void
  ) rethrows -> (map: [Double], divergence: Double, perplexity: Double) {
    let perplexity = min(settings.perplexity, Double(points.count - 2) / 3 + 1)
    let affinities = Affinities(points, perplexity: perplexity, threads: threads)
    var embedding = NeighbourEmbedding(
      affinities, map: PrincipalComponents(of: points).start, threads: threads)
    let rate = settings.rate ?? max(Double(points.count) / 48, 50)
    for step in 0..<settings.iterations {
      let isEarly = step < settings.early
      embedding.step(
        rate: rate, momentum: isEarly ? 0.5 : 0.8,
        exaggeration: isEarly ? settings.exaggeration : 1)
      try observer(step + 1)
    }
    return (embedding.map, embedding.divergence(), perplexity)
  }
}
