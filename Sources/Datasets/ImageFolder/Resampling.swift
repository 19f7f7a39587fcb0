import Foundation

/// The curve by which neighbouring pixels are averaged.
enum ResamplingFilter {
  /// A triangle.
  case bilinear
  /// Keys's cubic with a = −½.
  case bicubic

  /// How far it reaches, in pixels of the smaller picture.
  var support: Double {
    switch self {
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  /// Its value at a distance.
  func weight(at distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .bilinear: return x < 1 ? 1 - x : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    }
  }
}

extension Picture {
  /// The picture in another size, averaged over as many pixels as it shrinks by.
  ///
  /// Along rows first, then along columns, each rounded to bytes, as Pillow computes it; from its
  /// version 13 on, Pillow turns the order round where the height shrinks far more than the width.
  ///
  /// - Parameters:
  ///   - height: new rows.
  ///   - width: new columns.
  ///   - filter: how neighbours are averaged.
  /// - Returns: the new picture. O(pixels · support).
  func resized(height: Int, width: Int, _ filter: ResamplingFilter) -> Picture {
    precondition(height > 0 && width > 0, "a picture has pixels")
    var result = self
    if width != self.width {
      result = result.resampledRows(Resampling(from: self.width, to: width, filter))
    }
    if height != self.height {
      result = result.resampledColumns(Resampling(from: self.height, to: height, filter))
    }
    return result
  }

  /// The picture whose shorter side has a length; the longer one is rounded down.
  func resized(shorterSide side: Int, _ filter: ResamplingFilter) -> Picture {
    height <= width
      ? resized(height: side, width: side * width / height, filter)
      : resized(height: side * height / width, width: side, filter)
  }

  private func resampledRows(_ resampling: Resampling) -> Picture {
    let count = resampling.windows.count
    var result = [UInt8](repeating: 0, count: 3 * height * count)
    for row in 0..<height {
      for (column, window) in resampling.windows.enumerated() {
        for channel in 0..<3 {
          result[3 * (row * count + column) + channel] = window.average(
            of: bytes, from: 3 * row * width + channel, step: 3)
        }
      }
    }
    return Picture(height: height, width: count, bytes: result)
  }

  private func resampledColumns(_ resampling: Resampling) -> Picture {
    var result: [UInt8] = []
    result.reserveCapacity(3 * width * resampling.windows.count)
    for window in resampling.windows {
      for place in 0..<3 * width {
        result.append(window.average(of: bytes, from: place, step: 3 * width))
      }
    }
    return Picture(height: resampling.windows.count, width: width, bytes: result)
  }
}

/// Which pixels of a line make up each pixel of a shorter or longer one.
struct Resampling {
  /// Consecutive pixels with weights.
  struct Window {
    /// The first pixel.
    var start: Int
    /// One a pixel, as multiples of 2⁻²².
    var weights: [Int32]

    /// The weighted mean, rounded and clipped to a byte.
    @inline(__always)
    func average(of bytes: [UInt8], from origin: Int, step: Int) -> UInt8 {
      var sum = Int32(1) << (Resampling.fractionBits - 1)
      var position = origin + start * step
      for weight in weights {
        sum &+= weight &* Int32(bytes[position])
        position += step
      }
      return UInt8(clamping: sum >> Resampling.fractionBits)
    }
  }

  static let fractionBits: Int32 = 22
  let windows: [Window]

  init(from old: Int, to new: Int, _ filter: ResamplingFilter) {
    let scale = Double(old) / Double(new)
    let stretch = max(scale, 1)
    let support = filter.support * stretch
    windows = (0..<new).map { position in
      let center = (Double(position) + 0.5) * scale
      let start = max(Int(center - support + 0.5), 0)
      let end = min(Int(center + support + 0.5), old)
      let weights = (start..<end).map {
        filter.weight(at: (Double($0) - center + 0.5) / stretch)
      }
      let sum = weights.reduce(0, +)
      let one = Double(1 << Resampling.fractionBits)
      return Window(
        start: start,
        weights: weights.map { Int32(((sum == 0 ? $0 : $0 / sum) * one).rounded()) })
    }
  }
}
