internal import Attacks

/// How far apart the particles of two searches lie, by their number.
public struct DiversityAnalysis: Sendable, Encodable {
  /// One network, method and number of particles.
  public struct Row: Sendable, Encodable {
    /// The place of the network.
    public let network: Int
    /// How particles were found.
    public let method: ParticleCloud.Method
    /// How many an image has.
    public let particles: Int
    /// Images with particles.
    public let images: Int
    /// The share of particles that fool the network.
    public let foolingRate: Double
    /// Images with at least two that do.
    public let imagesUsed: Int
    /// The averages of those images' means and deviations, over the particles that fool.
    public let mean: Double?
    /// The average of the population's deviations.
    public let deviation: Double?
    /// The averages over all images and particles, fooling or not.
    public let meanOfAll: Double?
    /// The average of the population's deviations.
    public let deviationOfAll: Double?

    private enum CodingKeys: String, CodingKey {
      case network, method, particles, images, mean, deviation
      case foolingRate = "fooling_rate"
      case imagesUsed = "images_used"
      case meanOfAll = "mean_of_all"
      case deviationOfAll = "deviation_of_all"
    }
  }

  /// Clouds of one network, method and number of particles.
  public struct Group: Sendable {
    let network: Int
    let method: ParticleCloud.Method
    let particles: Int
    /// Of the images.
    public let clouds: [ParticleCloud]

    /// Names clouds.
    ///
    /// - Parameters:
    ///   - network: the place of the network.
    ///   - method: how particles were found.
    ///   - particles: how many an image has.
    ///   - clouds: of the images.
    public init(
      network: Int, method: ParticleCloud.Method, particles: Int, clouds: [ParticleCloud]
    ) {
      (self.network, self.method, self.particles) = (network, method, particles)
      self.clouds = clouds
    }
  }

  /// In the order given.
  public let rows: [Row]
  /// The searches' settings.
  public let settings: [String: [String: String]]
  /// The radius of the ball.
  public let radius: Float
  let groups: [Group]

  private enum CodingKeys: String, CodingKey { case rows, settings, radius }

  /// Averages.
  ///
  /// - Parameters:
  ///   - groups: all clouds.
  ///   - search: how they were found.
  public init(_ groups: [Group], by search: ParticleSearch) {
    self.groups = groups
    radius = search.radius
    var stein = search.stein.settings
    stein["particles"] = nil
    settings = ["svgd": stein, "bss": search.boundary.settings]
    rows = groups.map { group in
      let clouds = group.clouds
      let used = clouds.compactMap(\.amongFooling)
      let average = ParticleDiversity(averaging: used)
      let all = ParticleDiversity(averaging: clouds.compactMap(\.amongAll))
      let count = clouds.reduce(0) { $0 + $1.count }
      return Row(
        network: group.network, method: group.method, particles: group.particles,
        images: clouds.count,
        foolingRate: count == 0
          ? 0 : Double(clouds.reduce(0) { $0 + $1.fooling }) / Double(count),
        imagesUsed: used.count, mean: average?.mean, deviation: average?.deviation,
        meanOfAll: all?.mean, deviationOfAll: all?.deviation)
    }
  }
}
