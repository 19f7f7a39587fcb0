public import Tensors

/// How far the particles of a cloud are from each other.
///
/// From the squared Euclidean distances of all pairs of one image's particles; over several images
/// means and deviations are averaged.
/// Source: Nguyen-Duc et al., *Adversarial local distribution regularization for knowledge
/// distillation*, WACV 2023, §4.1; the pairs and the population's deviation are our reading.
public struct ParticleDiversity: Hashable, Sendable {
  /// The mean of the squared distances.
  public let mean: Double
  /// Their standard deviation, of the population.
  public let deviation: Double

  /// Summarises squared distances.
  ///
  /// - Parameter squaredDistances: of all pairs of one image's particles; nil is the result for none.
  public init?(squaredDistances: [Double]) {
    guard !squaredDistances.isEmpty else { return nil }
    let count = Double(squaredDistances.count)
    let mean = squaredDistances.reduce(0, +) / count
    let variance = squaredDistances.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    self.init(mean: mean, deviation: variance.squareRoot())
  }

  /// Measures the particles of one image.
  ///
  /// - Parameter particles: in the coordinates in which distances are meant; nil is the result for
  ///   fewer than two. O(particles² · pixels).
  public init?(of particles: [Image]) {
    var squares: [Double] = []
    for (number, particle) in particles.enumerated() {
      for other in particles.dropFirst(number + 1) {
        let distance = (particle - other).norm(.l2)
        squares.append(distance * distance)
      }
    }
    self.init(squaredDistances: squares)
  }

  /// The average over several images, each counting the same.
  ///
  /// - Parameter images: the diversity of each image's particles; nil is the result for none.
  public init?(averaging images: [ParticleDiversity]) {
    guard !images.isEmpty else { return nil }
    let count = Double(images.count)
    self.init(
      mean: images.reduce(0) { $0 + $1.mean } / count,
      deviation: images.reduce(0) { $0 + $1.deviation } / count)
  }

  private init(mean: Double, deviation: Double) {
    self.mean = mean
    self.deviation = deviation
  }
}
