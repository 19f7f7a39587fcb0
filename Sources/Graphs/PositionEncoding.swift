import Foundation
public import Tensors

/// Sines and cosines of row and column, the same for every image and learned by nobody.
///
/// Half of the channels belong to the row, half to the column, as in XCiT: channel j of n is the sine,
/// where j is odd the cosine, of 2π·(place + 1)/(extent + 10⁻⁶) / 10000^(2⌊j/2⌋/n).
public struct PositionEncoding: Hashable, Sendable, Codable {
  /// What it gives; channels in fours.
  public var shape: FeatureShape

  /// Creates an encoding.
  ///
  /// - Parameter shape: what it gives.
  public init(shape: FeatureShape) { self.shape = shape }

  /// The values, channel by channel.
  public var values: [Float] {
    let half = shape.channels / 2
    func value(_ channel: Int, _ place: Int, _ extent: Int) -> Float {
      let angle = 2 * Double.pi * Double(place + 1) / (Double(extent) + 1e-6)
      let phase = angle / pow(10_000, Double(2 * (channel / 2)) / Double(half))
      return Float(channel % 2 == 0 ? sin(phase) : cos(phase))
    }
    return (0..<shape.count).map { index in
      let (channel, position) = (index / shape.area, index % shape.area)
      return channel < half
        ? value(channel, position / shape.width, shape.height)
        : value(channel - half, position % shape.width, shape.width)
    }
  }
}
