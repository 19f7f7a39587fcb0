/// What a verification found where nothing contradicts.
public struct VerificationFindings: Hashable, Sendable {
  /// Images whose clean class was computed anew.
  public var images = 0
  /// Adversarial images that were checked.
  public var adversarial = 0
  /// The smallest of an image's radius minus its distance, in pixel units; negative within the
  /// tolerance only.
  public var worstSlack = Double.infinity
  /// The stable index of the image with that slack.
  public var worstIndex: Int?
  /// How many adversarial images belong to each radius, as it was written: the one within which
  /// the run found them.
  public var adversarialWithin: [String: Int] = [:]
  /// Adversarial images that lie within a smaller radius than the one they belong to, so that the
  /// robust accuracy within that one is less than the run says.
  public var insideSmallerRadius: [Int] = []
  /// How far outside the radius rounding may leave an image.
  public var tolerance = 0.0
  /// Classes that differ here, but whose margin as computed here is smaller than what rounding can
  /// explain.
  public var undecided: [Int] = []
  /// Adversarial images that are still misclassified, and inside the radius, when every pixel is
  /// rounded to a whole multiple of 1/255.
  public var survivingRounding = 0
  /// Adversarial images that are still misclassified then, inside the radius or not.
  public var misclassifiedAfterRounding = 0
  /// The pixels of all images as they stand after the run: adversarial where there is one.
  public var pixels = PixelRange()
  /// Whether the questions of `probe.json` were asked again; a run without attacks asked none.
  public var isProbed = false
  /// What only who ran it can know, in words.
  public var trusted: [String] = []
}

/// The smallest and the largest of many pixels.
public struct PixelRange: Hashable, Sendable {
  /// The smallest pixel; infinite of none.
  public var smallest = Float.infinity
  /// The largest pixel; negatively infinite of none.
  public var largest = -Float.infinity

  /// Creates a range.
  ///
  /// - Parameter pixels: that it spans; none by default.
  public init(of pixels: [Float] = []) { add(pixels) }

  /// Adds pixels.
  ///
  /// - Parameter pixels: of an image.
  public mutating func add(_ pixels: [Float]) {
    for pixel in pixels {
      smallest = min(smallest, pixel)
      largest = max(largest, pixel)
    }
  }
}
