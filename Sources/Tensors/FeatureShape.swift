/// The extent of one image or of one layer's activation: channels × height × width.
public struct FeatureShape: Hashable, Sendable, Codable {
  /// The number of channels.
  public var channels: Int
  /// The number of rows.
  public var height: Int
  /// The number of columns.
  public var width: Int

  /// Creates an extent; a vector of features is `FeatureShape(channels: n)`.
  ///
  /// - Parameters:
  ///   - channels: the number of channels.
  ///   - height: the number of rows.
  ///   - width: the number of columns.
  public init(channels: Int, height: Int = 1, width: Int = 1) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// The number of values.
  public var count: Int { channels * height * width }

  /// The number of pixels of one channel.
  public var area: Int { height * width }
}

extension FeatureShape: CustomStringConvertible {
  /// For example `3×32×32`.
  public var description: String { "\(channels)×\(height)×\(width)" }
}
