/// What is done to a photograph before a network sees it, by RobustBench's names.
public enum Preprocessing: String, Hashable, Sendable, CaseIterable {
  /// The shorter side becomes 256, bilinear; the middle 224×224.
  case res256Crop224 = "Res256Crop224"
  /// The shorter side becomes 256, bicubic; the middle 224×224.
  case bicubicRes256Crop224 = "BicubicRes256Crop224"
  /// The middle 288×288.
  case crop288 = "Crop288"
  /// The shorter side becomes 224, bilinear.
  case res224 = "Res224"
  /// Nothing.
  case none = "none"

  /// The picture as the network sees it.
  func applied(to picture: Picture) -> Picture {
    switch self {
    case .res256Crop224:
      picture.resized(shorterSide: 256, .bilinear).croppedAtCenter(224)
    case .bicubicRes256Crop224:
      picture.resized(shorterSide: 256, .bicubic).croppedAtCenter(224)
    case .crop288: picture.croppedAtCenter(288)
    case .res224: picture.resized(shorterSide: 224, .bilinear)
    case .none: picture
    }
  }
}
