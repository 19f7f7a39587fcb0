internal import Foundation

/// How a network's features of clean and adversarial images lie, on a map and in numbers.
public struct FeatureAnalysis: Sendable, Encodable {
  /// Which images a quality is of.
  public enum Images: String, Sendable, Encodable, CaseIterable {
    /// As they are.
    case clean
    /// As an attack left them.
    case adversarial
    /// Both together.
    case both
  }

  /// The qualities of some images in one space.
  public struct Row: Sendable, Encodable {
    /// Which images.
    public let images: Images
    /// `features` or `map`.
    public let space: String
    /// The numbers.
    public let quality: ClusterQuality
  }

  /// One network.
  public struct Network: Sendable, Encodable {
    /// By images, in both spaces.
    public let rows: [Row]
    /// The final divergence of the map, in nats.
    public let divergence: Double
    /// The perplexity that was used, which few points reduce.
    public let perplexity: Double
    /// How far the map's 15 neighbours are neighbours among the features; nil of too few points.
    public let trustworthiness: Double?
    /// How many adversarial images fool the network.
    public let fooled: Int
    /// Each point's coordinates, clean images first, x and y by turns.
    let map: [Double]
  }

  /// In the order given.
  public let networks: [Network]
  /// The classes that are shown.
  public let classes: [Int]
  /// How the maps were sought.
  public let settings: NeighbourEmbedding.Settings
  /// What decided which classes are shown.
  public let seed: Int
  /// The images' classes.
  let labels: [Int]
  /// Their stable indices.
  let indices: [Int]

  private enum CodingKeys: String, CodingKey { case networks, classes, settings, seed }

  /// Collects.
  ///
  /// - Parameters:
  ///   - networks: measured ones.
  ///   - labels: the images' classes.
  ///   - indices: their stable indices.
  ///   - settings: how the maps were sought.
  ///   - seed: decided which classes are shown.
  public init(
    _ networks: [Network], labels: [Int], indices: [Int], settings: NeighbourEmbedding.Settings,
    seed: Int
  ) {
    self.networks = networks
    self.labels = labels
    self.indices = indices
    self.settings = settings
    self.seed = seed
    classes = Set(labels).sorted()
  }
}

extension FeatureAnalysis.Network {
  /// Makes the map of one network's features and measures both.
  ///
  /// - Parameters:
  ///   - clean: the features of the clean images.
  ///   - adversarial: those of the adversarial ones, in the same order.
  ///   - labels: the images' classes, at least two different ones.
  ///   - fooled: how many adversarial images fool the network.
  ///   - settings: how the map is sought.
  ///   - threads: how many compute; they change no bit.
  ///   - observer: told the number of steps that are done; throws to end the search.
  public init(
    clean: [[Float]], adversarial: [[Float]], labels: [Int], fooled: Int,
    settings: NeighbourEmbedding.Settings, threads: Int, observer: (Int) throws -> Void
  ) rethrows {
    let points = Points((clean + adversarial).map { $0.map(Double.init) })
    let found = try NeighbourEmbedding.map(
      of: points, settings, threads: threads, observer: observer)
    let map = Points(dimensions: 2, values: found.map)
    let own = labels + labels
    let parts: [(FeatureAnalysis.Images, [Int])] = [
      (.clean, Array(0..<labels.count)), (.adversarial, Array(labels.count..<own.count)),
      (.both, Array(own.indices)),
    ]
    rows = [("features", points), ("map", map)].flatMap { space, points in
      parts.map { images, places in
        FeatureAnalysis.Row(
          images: images, space: space,
          quality: ClusterQuality(
            points.selected(places), labels: places.map { own[$0] }, threads: threads))
      }
    }
    (divergence, perplexity) = (found.divergence, found.perplexity)
    trustworthiness =
      points.count > 30
      ? Trustworthiness.of(map, points, neighbours: 15, threads: threads) : nil
    self.fooled = fooled
    self.map = found.map
  }
}
