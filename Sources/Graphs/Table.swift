public import Tensors

/// An activation that is a parameter, the same for every image: a class token, an embedding of
/// positions.
public struct Table: Hashable, Sendable, Codable {
  /// In which order the parameter holds its values.
  public enum Order: String, Hashable, Sendable, Codable {
    /// Position by position, as token embeddings are kept.
    case channelsLast
    /// Channel by channel, as images are kept.
    case channelsFirst
  }

  /// The parameter; of any extents, with as many values as the shape has.
  public var parameter: String
  /// What it gives.
  public var shape: FeatureShape
  /// In which order the parameter holds its values.
  public var order: Order

  /// Creates a table.
  ///
  /// - Parameters:
  ///   - parameter: the name of the values.
  ///   - shape: what it gives.
  ///   - order: in which order the values are held.
  public init(parameter: String, shape: FeatureShape, order: Order) {
    self.parameter = parameter
    self.shape = shape
    self.order = order
  }

  /// For each value of the activation, channel by channel, its place in the parameter.
  public var places: [Int32] {
    switch order {
    case .channelsFirst: Array(0..<Int32(shape.count))
    case .channelsLast:
      (0..<shape.count).map { Int32($0 % shape.area * shape.channels + $0 / shape.area) }
    }
  }
}
