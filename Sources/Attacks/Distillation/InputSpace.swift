import Execution
public import Tensors

/// Coordinates in which an attack measures lengths: pixels, or pixels normalised per channel.
///
/// Attacks made for distillation are stated in the normalised space of their training programs.
public struct InputSpace: Codable, Hashable, Sendable {
  /// What is subtracted from a channel's pixels; empty for pixels as they are.
  public let mean: [Float]
  /// What the difference is divided by.
  public let deviation: [Float]
  /// The coordinates allowed; nil for those of pixels in [0, 1].
  public let bounds: ClosedRange<Float>?

  /// Creates a space.
  ///
  /// - Parameters:
  ///   - mean: one value per channel; empty for pixels as they are.
  ///   - deviation: one positive value per channel.
  ///   - bounds: the coordinates allowed; nil for those of pixels in [0, 1].
  public init(mean: [Float] = [], deviation: [Float] = [], bounds: ClosedRange<Float>? = nil) {
    precondition(
      mean.count == deviation.count && deviation.allSatisfy { $0 > 0 },
      "a normalisation has a mean and a positive deviation per channel")
    self.mean = mean
    self.deviation = deviation
    self.bounds = bounds
  }

  /// Pixels as they are.
  public static let pixels = InputSpace()

  /// The spaces that lists of attacks can name.
  public enum Name: String, Hashable, Sendable, CaseIterable {
    /// Pixels as they are.
    case pixel
    /// Means and deviations of CIFAR-10's training images.
    case cifar10
    /// Means and deviations of CIFAR-100's training images.
    case cifar100
    /// Means and deviations customary for ImageNet.
    case imagenet
    /// Those of the published BSS program.
    case bss

    /// The space.
    public var space: InputSpace {
      switch self {
      case .pixel: .pixels
      case .cifar10:
        InputSpace(mean: [0.4914, 0.4822, 0.4465], deviation: [0.2471, 0.2435, 0.2616])
      case .cifar100:
        InputSpace(mean: [0.5071, 0.4865, 0.4409], deviation: [0.2673, 0.2564, 0.2762])
      case .imagenet:
        InputSpace(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
      case .bss: InputSpace(mean: [0.4914, 0.4822, 0.4465], deviation: [0.2023, 0.1994, 0.2010])
      }
    }
  }

  /// What a length of 1 in pixels is in this space, on average over the channels.
  var scale: Float {
    deviation.isEmpty ? 1 : Float(deviation.count) / deviation.reduce(0, +)
  }

  /// Refuses images of another number of channels.
  func check(_ image: Image, for attack: String) throws(AttackError) {
    guard mean.isEmpty || mean.count == image.shape.channels else {
      throw AttackError(
        place: "attack \(attack), setting space",
        problem: "it is for images of \(mean.count) channels, and these have "
          + "\(image.shape.channels); use space=pixel")
    }
  }

  /// The coordinates of an image.
  ///
  /// - Parameter image: of pixels.
  /// - Returns: an image of coordinates.
  public func coordinates(of image: Image) -> Image {
    mapped(image) { ($0 - $1) / $2 }
  }

  /// The image at some coordinates.
  ///
  /// - Parameter coordinates: an image of coordinates.
  /// - Returns: an image of pixels, which may be outside [0, 1].
  public func pixels(at coordinates: Image) -> Image { mapped(coordinates) { $0 * $2 + $1 } }

  /// The coordinates brought between the bounds.
  ///
  /// - Parameter coordinates: an image of coordinates.
  /// - Returns: an image of coordinates.
  public func clipped(_ coordinates: Image) -> Image {
    if let bounds {
      return coordinates.map { min(max($0, bounds.lowerBound), bounds.upperBound) }
    }
    if mean.isEmpty { return coordinates.clippedToBox() }
    return mapped(coordinates) { min(max($0, (0 - $1) / $2), (1 - $1) / $2) }
  }

  /// Every value with its channel's mean and deviation.
  private func mapped(_ image: Image, _ transform: (Float, Float, Float) -> Float) -> Image {
    if mean.isEmpty { return image }
    var mapped = image
    for channel in mean.indices {
      for position in channel * image.shape.area..<(channel + 1) * image.shape.area {
        mapped.pixels[position] = transform(
          image.pixels[position], mean[channel], deviation[channel])
      }
    }
    return mapped
  }

  /// The gradient with respect to coordinates, from the one with respect to pixels.
  fileprivate func scaled(_ gradient: Image) -> Image { mapped(gradient) { $0 * $2 } }
}

/// A network that is asked in coordinates instead of pixels.
struct NetworkInSpace<Base: Oracle>: Oracle {
  let base: Base
  let space: InputSpace

  var classes: Int { base.classes }

  func logits(at image: Image) async throws -> [Float] {
    try await base.logits(at: space.pixels(at: image))
  }

  func gradient(
    of objective: some Objective, at image: Image, label: Int
  ) async throws -> Answer {
    var answer = try await base.gradient(
      of: objective, at: space.pixels(at: image), label: label)
    answer.gradient = space.scaled(answer.gradient)
    return answer
  }
}
