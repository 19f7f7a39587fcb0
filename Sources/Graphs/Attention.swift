public import Tensors

/// What each position of a map takes from others: softmax(scale·q·k + bias) times v, head by head.
///
/// Its input is one map with the channels of queries, keys and values behind each other, or three
/// maps; those of queries may have fewer positions. Every head has the channels
/// `head · width ..< (head + 1) · width` of each.
///
/// Sources: Vaswani et al., *Attention is all you need*, NIPS 2017; windows and their bias: Liu et al.,
/// *Swin transformer*, ICCV 2021.
public struct Attention: Hashable, Sendable, Codable {
  /// Positions that see each other, and no others.
  public struct Window: Hashable, Sendable, Codable {
    /// Rows and columns of a window; maps are whole numbers of windows.
    public var size: Size
    /// By how much windows lie below and to the right of where they would begin.
    ///
    /// Those that reach over the edge go on at the opposite one, but what was not together on the map
    /// sees each other by a score smaller by 100.
    public var shift: Size
    /// Rows and columns of the map before it was padded below and to the right, if it was: what goes
    /// round goes round these, and the rest stays.
    public var extent: Size?

    /// Creates windows.
    ///
    /// - Parameters:
    ///   - size: rows and columns of one.
    ///   - shift: by how much they are moved.
    ///   - extent: of the map before it was padded.
    public init(size: Size, shift: Size = Size(0), extent: Size? = nil) {
      self.size = size
      self.shift = shift
      self.extent = extent
    }
  }

  /// Into how many groups channels are split.
  public var heads: Int
  /// What products of queries and keys are multiplied by.
  public var scale: Float
  /// What is added to the scores, if anything: a parameter `[heads, queries, keys]`, or, in windows,
  /// `[(2·rows − 1)·(2·columns − 1), heads]` by the distance between query and key.
  public var bias: String?
  /// Which positions see each other; nil where all do.
  public var window: Window?

  /// Creates an attention.
  ///
  /// - Parameters:
  ///   - heads: into how many groups channels are split.
  ///   - scale: what products are multiplied by.
  ///   - bias: the name of what is added to the scores.
  ///   - window: which positions see each other.
  public init(heads: Int, scale: Float, bias: String? = nil, window: Window? = nil) {
    self.heads = heads
    self.scale = scale
    self.bias = bias
    self.window = window
  }
}

/// Which positions see each other, as lists.
public struct AttentionPlan: Sendable {
  /// How many windows there are.
  public let windows: Int
  /// The positions of the queries, window by window.
  public let queries: [Int32]
  /// The positions of the keys and values, window by window.
  public let keys: [Int32]
  /// For each of them a number; those of different numbers were not together on the map.
  ///
  /// Empty where there is no such thing.
  public let regions: [Int32]
  /// For each query and key of a window, the place of their bias in the parameter, of the first head.
  public let biasPlaces: [Int32]
  /// How much further that of the next head is.
  public let biasStep: Int

  /// How many queries a window has.
  public var queriesInWindow: Int { queries.count / windows }
  /// How many keys a window has.
  public var keysInWindow: Int { keys.count / windows }

  /// Lists the positions.
  ///
  /// - Parameters:
  ///   - attention: of checked shapes.
  ///   - queries: the shape of the map of queries.
  ///   - keys: the shape of the map of keys.
  ///   - bias: the extents of its bias, if it has one.
  public init(_ attention: Attention, queries: FeatureShape, keys: FeatureShape, bias: [Int]?) {
    let rows = attention.window.map { Self.grid(queries, $0) } ?? [Array(0..<Int32(queries.area))]
    windows = rows.count
    self.queries = rows.flatMap { $0 }
    self.keys = attention.window == nil ? Array(0..<Int32(keys.area)) : self.queries
    regions = attention.window.map { Self.apart(queries, $0) } ?? []
    let (count, others) = (self.queries.count / windows, self.keys.count / windows)
    if let bias, bias.count == 3 {
      biasPlaces = Array(0..<Int32(count * others))
      biasStep = count * others
    } else if bias != nil, let size = attention.window?.size {
      biasPlaces = (0..<count).flatMap { query in
        (0..<count).map { key in
          let rows = query / size.width - key / size.width + size.height - 1
          let columns = query % size.width - key % size.width + size.width - 1
          return Int32((rows * (2 * size.width - 1) + columns) * attention.heads)
        }
      }
      biasStep = 1
    } else {
      biasPlaces = []
      biasStep = 0
    }
  }

  /// The positions of each window, row by row.
  private static func grid(_ shape: FeatureShape, _ window: Attention.Window) -> [[Int32]] {
    var result: [[Int32]] = []
    let extent = window.extent ?? Size(height: shape.height, width: shape.width)
    for top in stride(from: 0, to: shape.height, by: window.size.height) {
      for left in stride(from: 0, to: shape.width, by: window.size.width) {
        var positions: [Int32] = []
        for y in top..<top + window.size.height {
          for x in left..<left + window.size.width {
            let row = y < extent.height ? (y + window.shift.height) % extent.height : y
            let column = x < extent.width ? (x + window.shift.width) % extent.width : x
            positions.append(Int32(row * shape.width + column))
          }
        }
        result.append(positions)
      }
    }
    return result
  }

  private static func apart(_ shape: FeatureShape, _ window: Attention.Window) -> [Int32] {
    if window.shift == Size(0) { return [] }
    func band(_ place: Int, _ extent: Int, _ size: Int, _ shift: Int) -> Int32 {
      place < extent - size || shift == 0 ? 0 : place < extent - shift ? 1 : 2
    }
    var result: [Int32] = []
    for top in stride(from: 0, to: shape.height, by: window.size.height) {
      for left in stride(from: 0, to: shape.width, by: window.size.width) {
        for y in top..<top + window.size.height {
          for x in left..<left + window.size.width {
            result.append(
              3 * band(y, shape.height, window.size.height, window.shift.height)
                + band(x, shape.width, window.size.width, window.shift.width))
          }
        }
      }
    }
    return result
  }
}
