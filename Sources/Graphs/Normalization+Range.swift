extension Normalization {
  /// Whether the constants belong to pixels from 0 to 255: no mean of pixels in [0, 1] exceeds 1,
  /// and no deviation of theirs exceeds one half.
  public var isCountedTo255: Bool {
    mean.contains { abs($0) > 1 } || deviation.contains { abs($0) > 16 }
  }

  /// Whether the constants belong to pixels in [0, 1], as opposed to none or larger ones.
  public var isCountedToOne: Bool {
    let isIdentity = mean.allSatisfy { $0 == 0 } && deviation.allSatisfy { $0 == 1 }
    return !isIdentity && mean.allSatisfy { abs($0) <= 1 } && deviation.allSatisfy { abs($0) <= 1 }
  }

  /// The constants in other units of pixels.
  ///
  /// - Parameter factor: what a pixel of 1 becomes, positive.
  /// - Returns: mean and deviation times the factor.
  public func scaled(by factor: Double) -> Normalization {
    func scaled(_ values: [Float]) -> [Float] { values.map { Float(Double($0) * factor) } }
    return Normalization(mean: scaled(mean), deviation: scaled(deviation))
  }

  /// The constants for a number of channels, where one number may stand for all.
  ///
  /// - Parameter channels: of the image.
  /// - Returns: one mean and one deviation a channel; unchanged where there is not exactly one.
  public func broadcast(to channels: Int) -> Normalization {
    guard mean.count == 1, deviation.count == 1, channels > 0 else { return self }
    return Normalization(
      mean: [Float](repeating: mean[0], count: channels),
      deviation: [Float](repeating: deviation[0], count: channels))
  }

  /// For example `mean 0.5,0.5,0.5 and deviation 0.25,0.25,0.25`.
  public var text: String {
    "mean \(Self.text(mean)) and deviation \(Self.text(deviation))"
  }

  /// Numbers as an option takes them.
  ///
  /// - Parameter values: one a channel.
  /// - Returns: numbers of four digits behind the point, separated by commas.
  public static func text(_ values: [Float]) -> String {
    values.map { value in
      let rounded = (Double(value) * 10_000).rounded() / 10_000
      return "\(abs(rounded) < 0.01 ? value : Float(rounded))"
    }.joined(separator: ",")
  }
}
