internal import Tensors

/// Σ over the ends of stages of the mean of (a(student) − a(teacher))², a being the mean of squares
/// over channels as a vector of length 1.
///
/// Source: Zagoruyko & Komodakis, *Paying more attention to attention*, ICLR 2017, in the form of the
/// published program RepDistiller: squared and averaged, where the paper has a norm.
public struct AttentionTransfer: FeatureTerm {
  /// `attention`.
  public static let kind = "attention"

  /// Creates the term.
  public init() {}

  /// The ends of stages of both networks, as many as both have.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where one has none.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    try OpenNetwork.readStages(of: &student, &teacher)
  }

  /// The sum over stages.
  ///
  /// - Parameter inputs: the ends of stages.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    .sum(overPairsOf: inputs.features) { student, teacher in
      let (own, given) = (Attention(student), Attention(teacher))
      let size = Double(own.values.count)
      let difference = zip(own.values, given.values).map { $0 - $1 }
      return (
        difference.reduce(0) { $0 + $1 * $1 } / size,
        own.gradient(difference.map { 2 * $0 / size })
      )
    }
  }
}

/// Where a map is large: the mean of squares over channels, as a vector of length 1 an image.
struct Attention {
  /// `[images, height × width]`.
  let values: [Double]
  private let map: FeatureMap
  private let lengths: [Double]

  init(_ map: FeatureMap) {
    self.map = map
    let (channels, area) = (map.shape.channels, map.shape.area)
    var values = [Double](repeating: 0, count: map.count * area)
    var lengths: [Double] = []
    for image in 0..<map.count {
      let own = image * area..<(image + 1) * area
      for channel in 0..<channels {
        let start = (image * channels + channel) * area
        for pixel in 0..<area {
          let value = map.values[start + pixel]
          values[own.lowerBound + pixel] += value * value
        }
      }
      for place in own { values[place] /= Double(channels) }
      lengths.append(values.makeUnit(own))
    }
    self.values = values
    self.lengths = lengths
  }

  /// The gradient with respect to the map, for one with respect to ``values``.
  func gradient(_ cotangent: [Double]) -> [Double] {
    let (channels, area) = (map.shape.channels, map.shape.area)
    var result = [Double](repeating: 0, count: map.values.count)
    for image in 0..<map.count {
      let own = image * area..<(image + 1) * area
      let slope = values.slope(ofUnit: own, length: lengths[image], cotangent)
      for channel in 0..<channels {
        let start = (image * channels + channel) * area
        for pixel in 0..<area {
          result[start + pixel] = 2 * map.values[start + pixel] * slope[pixel] / Double(channels)
        }
      }
    }
    return result
  }
}
