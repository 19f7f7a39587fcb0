public import Tensors

/// Values at other places, some left out, some repeated.
public enum Rearrangement: Hashable, Sendable, Codable {
  /// The order in which pixels of a block become channels.
  public enum BlockOrder: String, Hashable, Sendable, Codable {
    /// Row by row, as ONNX has it.
    case rows
    /// Column by column, as Swin merges its patches.
    case columns
  }

  /// The positions of a half-open range, row by row, as one row.
  case positions(from: Int, to: Int)
  /// Listed positions, as one row.
  case listedPositions([Int])
  /// The positions of all inputs, one after another, as one row.
  case joinedPositions
  /// Blocks of pixels as one pixel of more channels: those of the first pixel, then of the next.
  case spaceToDepth(block: Int, order: BlockOrder)
  /// The inverse of ``spaceToDepth(block:order:)``.
  case depthToSpace(block: Int, order: BlockOrder)
  /// What is left when rows and columns are cut off.
  case crop(Padding)
  /// Rows and columns around the image, which mirror what lies behind its edge.
  case reflectedPadding(Padding)
  /// Rows and columns around the image, which repeat its edge.
  case edgePadding(Padding)
  /// Each row and column as many times as the numbers say.
  case repeated(Size)
  /// All values as one vector, position by position.
  case flattenedPositions
  /// See ``StridedView``.
  case strided(StridedView)

  /// What it gives.
  ///
  /// - Parameter inputs: the shapes of what it reads.
  /// - Returns: the shape, or nil where the inputs do not fit.
  public func shape(of inputs: [FeatureShape]) -> FeatureShape? {
    guard let x = inputs.first, self == .joinedPositions || inputs.count == 1 else { return nil }
    switch self {
    case .positions(let from, let to):
      guard from >= 0, from < to, to <= x.area else { return nil }
      return FeatureShape(channels: x.channels, height: 1, width: to - from)
    case .listedPositions(let list):
      guard !list.isEmpty, list.count <= 1 << 24, list.allSatisfy({ (0..<x.area).contains($0) })
      else { return nil }
      return FeatureShape(channels: x.channels, height: 1, width: list.count)
    case .joinedPositions:
      guard inputs.allSatisfy({ $0.channels == x.channels }) else { return nil }
      return FeatureShape(
        channels: x.channels, height: 1, width: inputs.reduce(0) { $0 + $1.area })
    case .spaceToDepth(let block, _):
      guard (1...4096).contains(block), x.height % block == 0, x.width % block == 0 else {
        return nil
      }
      return FeatureShape(
        channels: x.channels * block * block, height: x.height / block, width: x.width / block)
    case .depthToSpace(let block, _):
      guard (1...4096).contains(block), x.channels % (block * block) == 0 else { return nil }
      return FeatureShape(
        channels: x.channels / block / block, height: x.height * block, width: x.width * block)
    case .crop(let edges):
      guard edges.isCounted, edges.top + edges.bottom < x.height,
        edges.left + edges.right < x.width
      else { return nil }
      return x.larger(by: edges, times: -1)
    case .reflectedPadding(let edges):
      guard edges.isCounted, max(edges.top, edges.bottom) < x.height,
        max(edges.left, edges.right) < x.width
      else { return nil }
      return x.larger(by: edges, times: 1)
    case .edgePadding(let edges): return edges.isCounted ? x.larger(by: edges, times: 1) : nil
    case .repeated(let times):
      guard (1...4096).contains(times.height), (1...4096).contains(times.width) else { return nil }
      return FeatureShape(
        channels: x.channels, height: x.height * times.height, width: x.width * times.width)
    case .flattenedPositions: return FeatureShape(channels: x.count)
    case .strided(let view): return view.fits(x) ? view.shape : nil
    }
  }

  /// Where a value comes from.
  public struct Source: Hashable, Sendable {
    /// The number of the input.
    public var input: Int
    /// The place there, channel by channel.
    public var place: Int
  }

  /// Where each value of the output comes from, channel by channel.
  ///
  /// - Parameter inputs: shapes that fit.
  /// - Returns: one source a value.
  public func sources(from inputs: [FeatureShape]) -> [Source] {
    guard let x = inputs.first, let output = shape(of: inputs) else { return [] }
    func each(_ place: (_ channel: Int, _ row: Int, _ column: Int) -> (Int, Int, Int)) -> [Source] {
      (0..<output.count).map { index in
        let (channel, row, column) = place(
          index / output.area, index % output.area / output.width, index % output.width)
        return Source(input: 0, place: (channel * x.height + row) * x.width + column)
      }
    }
    switch self {
    case .positions(let from, let to):
      return (0..<output.count).map {
        Source(input: 0, place: $0 / (to - from) * x.area + from + $0 % (to - from))
      }
    case .listedPositions(let list):
      return (0..<output.count).map {
        Source(input: 0, place: $0 / list.count * x.area + list[$0 % list.count])
      }
    case .joinedPositions:
      return (0..<x.channels).flatMap { channel in
        inputs.enumerated().flatMap { number, input in
          (0..<input.area).map { Source(input: number, place: channel * input.area + $0) }
        }
      }
    case .spaceToDepth(let block, let order):
      return each { channel, row, column in
        let (y, x) = order.offsets(channel / x.channels, block)
        return (channel % inputs[0].channels, row * block + y, column * block + x)
      }
    case .depthToSpace(let block, let order):
      return each { channel, row, column in
        let number = order.number(row % block, column % block, block)
        return (number * output.channels + channel, row / block, column / block)
      }
    case .crop(let edges): return each { ($0, $1 + edges.top, $2 + edges.left) }
    case .reflectedPadding(let edges):
      return each {
        ($0, mirrored($1 - edges.top, x.height), mirrored($2 - edges.left, x.width))
      }
    case .edgePadding(let edges):
      return each {
        (
          $0, min(max($1 - edges.top, 0), x.height - 1),
          min(max($2 - edges.left, 0), x.width - 1)
        )
      }
    case .repeated(let times): return each { ($0, $1 / times.height, $2 / times.width) }
    case .flattenedPositions:
      return (0..<x.count).map {
        Source(input: 0, place: $0 % x.channels * x.area + $0 / x.channels)
      }
    case .strided(let view): return view.places.map { Source(input: 0, place: $0) }
    }
  }
}

/// A place within an extent that mirrors itself at both ends.
private func mirrored(_ place: Int, _ extent: Int) -> Int {
  place < 0 ? -place : place >= extent ? 2 * (extent - 1) - place : place
}

extension Rearrangement.BlockOrder {
  /// Row and column of a pixel within its block.
  fileprivate func offsets(_ number: Int, _ block: Int) -> (Int, Int) {
    switch self {
    case .rows: (number / block, number % block)
    case .columns: (number % block, number / block)
    }
  }

  /// The number of a pixel within its block.
  fileprivate func number(_ row: Int, _ column: Int, _ block: Int) -> Int {
    switch self {
    case .rows: row * block + column
    case .columns: column * block + row
    }
  }
}

extension Padding {
  /// Whether it is no less than nothing and no more than a picture.
  fileprivate var isCounted: Bool {
    [top, left, bottom, right].allSatisfy { (0...4096).contains($0) }
  }
}

extension FeatureShape {
  fileprivate func larger(by edges: Padding, times sign: Int) -> FeatureShape {
    FeatureShape(
      channels: channels, height: height + sign * (edges.top + edges.bottom),
      width: width + sign * (edges.left + edges.right))
  }
}
