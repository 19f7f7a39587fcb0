import Tensors

/// How the axes of an ONNX activation lie in a stored image of channels × height × width.
///
/// Reshaping and transposing move no values here; they change the view, until an operation needs
/// the values in their plain order. The batch axis is not part of it.
struct ActivationView: Hashable {
  /// A run of equally spaced positions.
  struct Run: Hashable {
    var extent: Int
    var stride: Int
  }

  /// For every axis its runs, the slowest first; none has extent 1, none continues its predecessor.
  private(set) var axes: [[Run]]

  /// The view of an image as its three axes.
  init(image shape: FeatureShape) {
    axes = [
      Run(extent: shape.channels, stride: shape.area),
      Run(extent: shape.height, stride: shape.width), Run(extent: shape.width, stride: 1),
    ].map { Self.merged([$0]) }
  }

  /// The view of all values of an image as one axis.
  init(vector count: Int) { axes = [Self.merged([Run(extent: count, stride: 1)])] }

  init(axes: [[Run]]) { self.axes = axes.map(Self.merged) }

  /// The extent of each axis.
  var shape: [Int] { axes.map { $0.reduce(1) { $0 * $1.extent } } }

  /// The number of values.
  var count: Int { shape.reduce(1, *) }

  /// The same values in the same order over other axes, or nil when that cuts a run unevenly.
  ///
  /// The extents' product is the number of values.
  func reshaped(_ extents: [Int]) -> ActivationView? {
    var runs = Self.merged(axes.flatMap { $0 })[...]
    var result: [[Run]] = []
    for extent in extents {
      var axis: [Run] = []
      var needed = extent
      while needed > 1 {
        guard let run = runs.popFirst() else { return nil }
        if needed % run.extent == 0 {
          axis.append(run)
          needed /= run.extent
        } else if run.extent % needed == 0 {
          let inner = run.extent / needed
          axis.append(Run(extent: needed, stride: run.stride * inner))
          runs = [Run(extent: inner, stride: run.stride)] + runs
          needed = 1
        } else {
          return nil
        }
      }
      result.append(axis)
    }
    return ActivationView(axes: result)
  }

  /// The view whose axis `i` is this view's axis `order[i]`.
  func transposed(_ order: [Int]) -> ActivationView {
    ActivationView(axes: order.map { axes[$0] })
  }

  /// The stored position of each value, in the view's order, in O(count).
  var positions: [Int] {
    var result = [0]
    for run in axes.flatMap({ $0 }) {
      result = result.flatMap { start in (0..<run.extent).map { start + $0 * run.stride } }
    }
    return result
  }

  /// Runs without those of extent 1, each with its continuation.
  static func merged(_ runs: [Run]) -> [Run] {
    var result: [Run] = []
    for run in runs where run.extent != 1 {
      if let last = result.last, last.stride == run.stride * run.extent {
        result[result.count - 1] = Run(extent: last.extent * run.extent, stride: run.stride)
      } else {
        result.append(run)
      }
    }
    return result
  }
}
