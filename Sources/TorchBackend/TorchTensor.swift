/// A tensor of the library, given back when nobody refers to it any more.
///
/// Unchecked because handles may be used on any thread, by one at a time where it is written.
final class TorchTensor: @unchecked Sendable {
  let handle: Handle
  private let functions: TorchFunctions

  init(_ handle: Handle, _ functions: TorchFunctions) {
    self.handle = handle
    self.functions = functions
  }

  deinit { _ = functions.deleteTensor(handle) }
}

/// A shape in the library's order: images, channels, rows, columns.
struct Extents: Hashable, Sendable {
  var sizes: [Int64]

  init(_ sizes: [Int]) { self.sizes = sizes.map { Int64($0) } }

  var count: Int { sizes.reduce(1) { $0 * Int($1) } }

  /// Last axis innermost.
  var rowMajorStrides: [Int64] {
    var strides = [Int64](repeating: 1, count: sizes.count)
    for axis in sizes.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * sizes[axis + 1]
    }
    return strides
  }

  /// Channels innermost; row-major unless there are four axes.
  var channelsLastStrides: [Int64] {
    if sizes.count != 4 { return rowMajorStrides }
    let (channels, height, width) = (sizes[1], sizes[2], sizes[3])
    return [channels * height * width, 1, width * channels, channels]
  }
}
