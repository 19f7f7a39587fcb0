internal import Foundation

/// The images whose label, as a teacher softens it, spreads over two or more classes.
///
/// Source: Chen & Lee, *LTD: Low temperature distillation for robust adversarial training*, 2021,
/// figures 1 and 2; what counts as spread is our reading.
public struct AmbiguityAnalysis: Sendable, Encodable {
  /// One ambiguous image.
  public struct Image: Sendable, Encodable {
    /// The stable index.
    public let index: Int
    /// Its class.
    public let label: Int
    /// The second largest probability in the largest, at the chosen temperature.
    public let ratio: Double
    /// The classes by probability, at the chosen temperature; those that count and at least two.
    public let classes: [Int]
    /// Their probabilities, by temperature.
    public let probabilities: [[Double]]
  }

  /// By ratio, the most ambiguous first.
  public let images: [Image]
  /// How many images are ambiguous in all.
  public let count: Int
  /// The temperatures that are shown.
  public let temperatures: [Double]
  /// The temperature that decides.
  public let temperature: Double
  /// How large a class' probability in the largest must be to count.
  public let spread: Double
  /// The share of ambiguous images by temperature.
  public let shares: [Double]
  /// The classes' names.
  let names: [String]

  private enum CodingKeys: String, CodingKey {
    case images, count, temperatures, temperature, spread, shares
  }

  /// Looks for ambiguous images.
  ///
  /// - Parameters:
  ///   - logits: of the teacher, by image.
  ///   - labels: the images' classes.
  ///   - indices: their stable indices.
  ///   - names: the classes'.
  ///   - temperature: that decides.
  ///   - spread: how large a class' probability in the largest must be to count.
  ///   - temperatures: that are shown.
  ///   - limit: how many images are listed.
  public init(
    _ logits: [[Float]], labels: [Int], indices: [Int], names: [String], temperature: Double,
    spread: Double, temperatures: [Double], limit: Int
  ) {
    (self.temperature, self.spread, self.temperatures) = (temperature, spread, temperatures)
    self.names = names
    // A ratio of probabilities is e to the difference of logits by the temperature.
    let gaps = logits.map { row in
      let sorted = row.sorted(by: >)
      return Double(sorted[0] - sorted[1])
    }
    func ratio(_ image: Int, at temperature: Double) -> Double { exp(-gaps[image] / temperature) }
    let found = logits.indices.filter { ratio($0, at: temperature) >= spread }
      .sorted { (gaps[$0], indices[$0]) < (gaps[$1], indices[$1]) }
    count = found.count
    shares = temperatures.map { temperature in
      Double(gaps.indices.count { ratio($0, at: temperature) >= spread })
        / Double(max(1, gaps.count))
    }
    images = found.prefix(limit).map { image in
      let row = logits[image]
      let order = row.indices.sorted { (row[$1], $0) < (row[$0], $1) }
      let classes = order.enumerated().filter { place, label in
        place < 2 || exp(Double(row[label] - row[order[0]]) / temperature) >= spread
      }.map(\.element)
      return Image(
        index: indices[image], label: labels[image], ratio: ratio(image, at: temperature),
        classes: Array(classes.prefix(5)),
        probabilities: temperatures.map { temperature in
          let sum = row.reduce(0.0) { $0 + exp(Double($1 - row[order[0]]) / temperature) }
          return classes.prefix(5).map {
            exp(Double(row[$0] - row[order[0]]) / temperature) / sum
          }
        })
    }
  }
}
