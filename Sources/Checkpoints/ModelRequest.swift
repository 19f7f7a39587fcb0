public import Graphs

/// What a caller says about a network besides the path of its file.
public struct ModelRequest: Sendable {
  /// A registry name; where the file holds weights only and none is given, the network is guessed
  /// from their names and shapes.
  public var architecture: String?
  /// Which set of weights, where the file holds several: `model`, `ema`, or the set's own name.
  public var weights: String?
  /// The beginnings of names of parameters that are not the network's.
  public var leavingOut: [String] = []
  /// Constants to normalise with.
  public var normalization: Normalization?
  /// The pixels that the network was trained on.
  public var pixels: PixelRange = .unit

  /// The ranges of pixels that networks are trained on.
  public enum PixelRange: Sendable {
    /// From 0 to 1, as attacks count.
    case unit
    /// From 0 to 255.
    case byte
  }
}
