/// How well points of one class lie together, in numbers that no eye has to judge.
public struct ClusterQuality: Sendable, Encodable, Hashable {
  /// The mean silhouette, from −1 to 1; 0 for a point alone in its class.
  public let silhouette: Double
  /// The mean distance within classes over that between classes; nil where either has no pair.
  public let distanceRatio: Double?
  /// The mean share of the nearest neighbours that are of a point's own class.
  public let purity: Double
  /// How many neighbours that is of.
  public let neighbours: Int

  private enum CodingKeys: String, CodingKey {
    case silhouette, purity, neighbours
    case distanceRatio = "within_to_between"
  }

  /// Measures.
  ///
  /// - Parameters:
  ///   - points: at least two.
  ///   - labels: their classes, at least two different ones.
  ///   - neighbours: how many nearest ones; fewer where there are too few points.
  ///   - threads: how many compute; they change no bit.
  public init(_ points: Points, labels: [Int], neighbours: Int = 15, threads: Int) {
    let count = points.count
    precondition(count > 1 && labels.count == count, "every point has a class")
    let near = min(neighbours, count - 1)
    let classes = Set(labels).sorted()
    let number = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
    let own = labels.map { number[$0] ?? 0 }
    var sizes = [Int](repeating: 0, count: classes.count)
    for label in own { sizes[label] += 1 }
    let distances = points.squaredDistances(threads: threads)
    // Silhouette, purity, and the sums of distances within and between.
    let rows = Rows.computed(count, of: 4, threads: threads) { [sizes] point, row in
      let squares = distances[point * count..<(point + 1) * count]
      var sums = [Double](repeating: 0, count: sizes.count)
      for (other, square) in squares.enumerated() { sums[own[other]] += square.squareRoot() }
      row[0] = Self.silhouette(sums, sizes, own: own[point])
      row[1] = Self.purity(squares, own, point: point, near)
      row[2] = sums[own[point]]
      row[3] = sums.reduce(0, +) - sums[own[point]]
    }
    func sum(_ column: Int) -> Double { (0..<count).reduce(0) { $0 + rows[4 * $1 + column] } }
    silhouette = sum(0) / Double(count)
    purity = sum(1) / Double(count)
    let within = sizes.reduce(0) { $0 + $1 * ($1 - 1) }
    let between = count * (count - 1) - within
    distanceRatio =
      within > 0 && between > 0 && sum(3) > 0
      ? sum(2) / Double(within) / (sum(3) / Double(between)) : nil
    self.neighbours = near
  }

  /// Source: Rousseeuw, *Silhouettes*, 1987.
  private static func silhouette(_ sums: [Double], _ sizes: [Int], own: Int) -> Double {
    guard sizes[own] > 1, sizes.count > 1 else { return 0 }
    let inside = sums[own] / Double(sizes[own] - 1)
    let outside = sums.indices.filter { $0 != own }.map { sums[$0] / Double(sizes[$0]) }.min() ?? 0
    let larger = max(inside, outside)
    return larger > 0 ? (outside - inside) / larger : 0
  }

  private static func purity(
    _ squares: ArraySlice<Double>, _ labels: [Int], point: Int, _ near: Int
  ) -> Double {
    let order = squares.enumerated().filter { $0.offset != point }
      .sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }.prefix(near)
    return Double(order.count { labels[$0.offset] == labels[point] }) / Double(near)
  }
}

/// How far a map's neighbours are neighbours in the space of features, from 0 to 1.
///
/// Source: Venna & Kaski, *Neighborhood preservation in nonlinear projection methods*, 2001.
public enum Trustworthiness {
  /// Measures.
  ///
  /// - Parameters:
  ///   - map: of the points.
  ///   - points: in their own space.
  ///   - neighbours: how many; fewer than half of the points.
  ///   - threads: how many compute; they change no bit.
  /// - Returns: 1 where every neighbour on the map is one in space.
  public static func of(
    _ map: Points, _ points: Points, neighbours: Int, threads: Int
  ) -> Double {
    let count = points.count
    precondition(2 * neighbours < count, "fewer neighbours than half of the points")
    let own = points.squaredDistances(threads: threads)
    let mapped = map.squaredDistances(threads: threads)
    @Sendable func order(_ distances: [Double], _ point: Int) -> [Int] {
      (0..<count).filter { $0 != point }.sorted {
        (distances[point * count + $0], $0) < (distances[point * count + $1], $1)
      }
    }
    let rows = Rows.computed(count, of: 1, threads: threads) { point, row in
      var rank = [Int](repeating: 0, count: count)
      for (place, other) in order(own, point).enumerated() { rank[other] = place + 1 }
      for other in order(mapped, point).prefix(neighbours) where rank[other] > neighbours {
        row[0] += Double(rank[other] - neighbours)
      }
    }
    let (n, k) = (Double(count), Double(neighbours))
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * rows.reduce(0, +)
  }
}
