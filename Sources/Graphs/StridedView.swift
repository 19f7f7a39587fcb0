public import Tensors

/// Values at places that follow from several counters, each with a distance of its own.
///
/// So a transposition, a slice, and each value several times can be said in a few numbers.
public struct StridedView: Hashable, Sendable, Codable {
  /// A counter: how far it goes, and the distance from one place to the next, which may be 0.
  public struct Run: Hashable, Sendable, Codable {
    /// How many places.
    public var extent: Int
    /// The distance between them.
    public var stride: Int

    /// Creates a counter.
    ///
    /// - Parameters:
    ///   - extent: how many places.
    ///   - stride: the distance between them.
    public init(extent: Int, stride: Int) {
      self.extent = extent
      self.stride = stride
    }
  }

  /// The place of the first value.
  public var offset: Int
  /// The counters, the slowest first.
  public var runs: [Run]
  /// What it gives.
  public var shape: FeatureShape

  /// Creates a view.
  ///
  /// - Parameters:
  ///   - offset: the place of the first value.
  ///   - runs: the counters, the slowest first.
  ///   - shape: what it gives, as many values as the counters count.
  public init(offset: Int, runs: [Run], shape: FeatureShape) {
    self.offset = offset
    self.runs = runs
    self.shape = shape
  }

  /// The view that lists these places, if a few counters do.
  ///
  /// - Parameters:
  ///   - places: in order; not empty.
  ///   - shape: of as many values.
  public init?(listing places: [Int], shape: FeatureShape) {
    var runs: [Run] = []
    var rest = places
    while rest.count > 1 {
      let stride = rest[1] - rest[0]
      let longest = rest.indices.first { rest[$0] != rest[0] + $0 * stride } ?? rest.count
      let count = rest.count
      let extent = divisor(below: longest, of: count) { extent in
        rest.indices.allSatisfy { rest[$0] == rest[$0 / extent * extent] + $0 % extent * stride }
      }
      guard let extent, runs.count < 16 else { return nil }
      runs.insert(Run(extent: extent, stride: stride), at: 0)
      rest = Swift.stride(from: 0, to: count, by: extent).map { rest[$0] }
    }
    self.init(offset: places[0], runs: runs, shape: shape)
  }

  /// The places in order.
  public var places: [Int] {
    var result = [offset]
    for run in runs {
      result = result.flatMap { start in (0..<run.extent).map { start + $0 * run.stride } }
    }
    return result
  }

  /// Whether all places are within an activation, and as many as the shape has values.
  func fits(_ input: FeatureShape) -> Bool {
    guard let count = shape.checkedCount, runs.count <= 16, offset >= 0 else { return false }
    var (lowest, highest, product) = (offset, offset, 1)
    for run in runs {
      guard run.extent > 0, run.extent <= count, abs(run.stride) <= input.count else {
        return false
      }
      let reach = (run.extent - 1) * run.stride
      if reach < 0 { lowest += reach } else { highest += reach }
      guard lowest >= 0, highest < input.count, product <= count else { return false }
      product *= run.extent
    }
    return product == count
  }
}

/// The longest extent that divides a count and is right.
private func divisor(below longest: Int, of count: Int, _ isRight: (Int) -> Bool) -> Int? {
  stride(from: longest, to: 1, by: -1).first { count % $0 == 0 && isRight($0) }
}
