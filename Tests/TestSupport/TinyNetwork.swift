public import Execution
import Foundation
import Synchronization
public import Tensors

/// A two-layer network in double precision with an analytic gradient: 6 pixels, 5 classes.
///
/// z = 2·W₂·tanh(W₁(x − ½)) with W₁[i,j] = sin(1 + 1.3i + 0.7j + 0.11ij) and
/// W₂[i,j] = cos(0.5 + 0.9i − 1.1j).
public final class TinyNetwork: SequentialOracle {
  /// One channel of two rows.
  public static let shape = FeatureShape(channels: 1, height: 2, width: 3)
  /// Two clean images.
  public static let examples = [
    [0.2, 0.7, 0.5, 0.9, 0.1, 0.4], [0.6, 0.3, 0.8, 0.05, 0.95, 0.5],
  ].map { (pixels: [Float]) in Image(shape: shape, pixels: pixels) }
  /// The classes predicted at the clean images.
  public static let labels = [4, 2]

  /// The length of a logit vector.
  public var classes: Int { second.count }
  private let first: [[Double]]
  private let second: [[Double]]
  private let count = Mutex<(forwards: Int, backwards: Int)>((0, 0))

  /// Creates the network.
  public init() {
    first = Self.matrix(rows: 5, columns: 6) { i, j in
      sin(1 + 1.3 * i + 0.7 * j + 0.11 * i * j)
    }
    second = Self.matrix(rows: 5, columns: 5) { i, j in cos(0.5 + 0.9 * i - 1.1 * j) }
  }

  private init(first: [[Double]], second: [[Double]]) {
    self.first = first
    self.second = second
  }

  /// A network of the same kind for 3×8×8 pixels and 10 classes.
  ///
  /// W₁[i,j] = 0.15·sin(1 + 1.3i + 0.7j + 0.11ij) and W₂[i,j] = cos(0.5 + 0.9i − 1.1j + 0.3ij), in
  /// single precision.
  ///
  /// - Returns: a network with no passes counted.
  public static func wide() -> TinyNetwork {
    TinyNetwork(
      first: matrix(rows: 8, columns: 192) { i, j in
        Double(Float(0.15 * sin(1 + 1.3 * i + 0.7 * j + 0.11 * i * j)))
      },
      second: matrix(rows: 10, columns: 8) { i, j in
        Double(Float(cos(0.5 + 0.9 * i - 1.1 * j + 0.3 * i * j)))
      })
  }

  /// A clean image for the wide network: 0.5 + 0.45·sin(0.37n + 1.1k + 0.05nk).
  ///
  /// - Parameter n: which one.
  /// - Returns: pixels k = 0, 1, …
  public static func wideImage(_ n: Int) -> Image {
    let pixels = (0..<192).map { k in
      let phase = 0.37 * Double(n) + 1.1 * Double(k) + 0.05 * Double(n * k)
      return Float(0.5 + 0.45 * sin(phase))
    }
    return Image(shape: FeatureShape(channels: 3, height: 8, width: 8), pixels: pixels)
  }

  /// The number of passes answered so far.
  public var passes: (forwards: Int, backwards: Int) { count.withLock { $0 } }

  /// The logits; counts a forward.
  public func logits(at image: Image) async throws -> [Float] {
    count.withLock { $0.forwards += 1 }
    return forward(image).logits
  }

  /// The gradient; counts a forward and a backward.
  public func gradient(
    of objective: some Objective, at image: Image, label: Int
  ) async throws -> Answer {
    count.withLock { $0 = ($0.forwards + 1, $0.backwards + 1) }
    let (hidden, logits) = forward(image)
    let (value, cotangent) = objective.evaluate(logits, label: label)
    var gradient = [Double](repeating: 0, count: image.count)
    for unit in hidden.indices {
      var sum = 0.0
      for output in logits.indices { sum += 2 * Double(cotangent[output]) * second[output][unit] }
      sum *= 1 - hidden[unit] * hidden[unit]
      let weights = first[unit]
      for pixel in gradient.indices { gradient[pixel] += sum * weights[pixel] }
    }
    return Answer(
      value: value, logits: logits,
      gradient: Image(shape: image.shape, pixels: gradient.map { Float($0) }))
  }

  private func forward(_ image: Image) -> (hidden: [Double], logits: [Float]) {
    let centered = image.pixels.map { Double($0) - 0.5 }
    let hidden = first.map { tanh(Self.dot($0, centered)) }
    return (hidden, second.map { Float(2 * Self.dot($0, hidden)) })
  }

  private static func dot(_ left: [Double], _ right: [Double]) -> Double {
    var sum = 0.0
    for (own, theirs) in zip(left, right) { sum += own * theirs }
    return sum
  }

  private static func matrix(
    rows: Int, columns: Int, _ element: (Double, Double) -> Double
  ) -> [[Double]] {
    (0..<rows).map { i in (0..<columns).map { j in element(Double(i), Double(j)) } }
  }
}
