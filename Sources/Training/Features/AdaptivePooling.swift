internal import Tensors

/// Averages over windows that cover a map: of h cells, the i-th begins at ⌊i·H/h⌋ and ends before
/// ⌈(i+1)·H/h⌉, as PyTorch's adaptive pooling.
struct AdaptivePooling {
  let source: FeatureShape
  let target: FeatureShape

  /// Brings a map to a size, larger ones by repetition.
  init(_ source: FeatureShape, height: Int, width: Int) {
    self.source = source
    target = FeatureShape(channels: source.channels, height: height, width: width)
  }

  /// Pools the larger side of a map to the smaller's.
  init(_ source: FeatureShape, toSizeOf other: FeatureShape) {
    self.source = source
    var target = source
    if source.height > other.height {
      target.height = other.height
      target.width = other.width
    }
    self.target = target
  }

  /// The means.
  func pooled(_ map: FeatureMap) -> FeatureMap {
    if target == source { return map }
    var values = [Double](repeating: 0, count: map.count * target.count)
    forEachWindow(of: map.count) { cell, place, share in values[cell] += share * map.values[place] }
    return FeatureMap(shape: target, values: values)
  }

  /// The gradient with respect to the map, for one with respect to the means.
  func spread(_ gradient: [Double], count: Int) -> [Double] {
    if target == source { return gradient }
    var values = [Double](repeating: 0, count: count * source.count)
    forEachWindow(of: count) { cell, place, share in values[place] += share * gradient[cell] }
    return values
  }

  private func forEachWindow(
    of images: Int, _ body: (_ cell: Int, _ place: Int, _ share: Double) -> Void
  ) {
    func window(_ cell: Int, _ sides: (Int, Int)) -> Range<Int> {
      cell * sides.0 / sides.1..<((cell + 1) * sides.0 + sides.1 - 1) / sides.1
    }
    for plane in 0..<images * source.channels {
      for row in 0..<target.height {
        let rows = window(row, (source.height, target.height))
        for column in 0..<target.width {
          let columns = window(column, (source.width, target.width))
          let share = 1 / Double(rows.count * columns.count)
          let cell = (plane * target.height + row) * target.width + column
          for y in rows {
            for x in columns {
              body(cell, (plane * source.height + y) * source.width + x, share)
            }
          }
        }
      }
    }
  }
}

extension FeatureMap {
  /// How it comes to another's size, if that is smaller.
  func pooling(toSizeOf other: FeatureMap) -> AdaptivePooling {
    AdaptivePooling(shape, toSizeOf: other.shape)
  }

  /// At another's size.
  func resized(toSizeOf other: FeatureMap) -> FeatureMap {
    AdaptivePooling(shape, height: other.shape.height, width: other.shape.width).pooled(self)
  }

  /// At another's size, if that is smaller.
  func pooled(toSizeOf other: FeatureMap) -> FeatureMap {
    pooling(toSizeOf: other).pooled(self)
  }
}
