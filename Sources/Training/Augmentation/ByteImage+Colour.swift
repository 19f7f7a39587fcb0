internal import Tensors

/// Changes of colour, byte for byte those of Pillow's `ImageOps` and `ImageEnhance`.
extension ByteImage {
  /// Every byte mirrored about the middle.
  func inverted() -> ByteImage { mapped { _ in (0...255).map { UInt8(255 - $0) } } }

  /// Bytes from a threshold on mirrored about the middle.
  func solarized(from threshold: Double) -> ByteImage {
    mapped { _ in (0...255).map { UInt8(Double($0) < threshold ? $0 : 255 - $0) } }
  }

  /// Only the highest bits of every byte kept.
  func posterized(bits: Int) -> ByteImage {
    let mask = UInt8(truncatingIfNeeded: 0xFF << (8 - bits))
    return mapped { _ in (0...255).map { UInt8($0) & mask } }
  }

  /// Every channel stretched so that its darkest byte becomes 0 and its lightest 255.
  func stretched() -> ByteImage {
    mapped { channel in
      let values = self.channel(channel)
      guard let lowest = values.min(), let highest = values.max(), lowest < highest else {
        return (0...255).map { UInt8($0) }
      }
      let scale = 255 / Double(highest - lowest)
      let offset = -Double(lowest) * scale
      return (0...255).map { Self.truncated(Double($0) * scale + offset) }
    }
  }

  /// Every channel mapped so that its values are spread as evenly as they can be.
  func equalized() -> ByteImage {
    mapped { channel in
      let counts = histogram(of: channel)
      let identity = (0...255).map { UInt8($0) }
      guard let last = counts.last(where: { $0 > 0 }) else { return identity }
      let step = (counts.reduce(0, +) - last) / 255
      guard step > 0 else { return identity }
      var sum = step / 2
      return counts.map { count in
        defer { sum += count }
        return UInt8(min(sum / step, 255))
      }
    }
  }

  /// Colourfulness times a factor; 0 gives greys.
  func colored(_ factor: Double) -> ByteImage {
    let grey = luminance
    return blended(from: factor) { _, position in grey[position] }
  }

  /// Distance from the mean brightness times a factor.
  func contrasted(_ factor: Double) -> ByteImage {
    let grey = luminance
    let mean = UInt8(Double(grey.reduce(0) { $0 + Int($1) }) / Double(grey.count) + 0.5)
    return blended(from: factor) { _, _ in mean }
  }

  /// Brightness times a factor.
  func brightened(_ factor: Double) -> ByteImage { blended(from: factor) { _, _ in 0 } }

  /// Distance from a smoothed image times a factor.
  func sharpened(_ factor: Double) -> ByteImage {
    let smooth = smoothed()
    return blended(from: factor) { channel, position in
      smooth[channel * shape.area + position]
    }
  }

  /// A mean over 3×3 pixels in which the middle counts five times; the border stays.
  private func smoothed() -> [UInt8] {
    var result = bytes
    let width = shape.width
    guard shape.height > 2, width > 2 else { return result }
    for channel in 0..<shape.channels {
      for row in 1..<shape.height - 1 {
        for column in 1..<width - 1 {
          let center = channel * shape.area + row * width + column
          var sum = 4 * Int(bytes[center])
          for neighbour in [center - width, center, center + width] {
            sum += Int(bytes[neighbour - 1]) + Int(bytes[neighbour]) + Int(bytes[neighbour + 1])
          }
          result[center] = UInt8((2 * sum + 13) / 26)
        }
      }
    }
    return result
  }

  /// plain + factor · (this − plain), in float32 as Pillow computes it.
  private func blended(
    from factor: Double, _ plain: (_ channel: Int, _ position: Int) -> UInt8
  ) -> ByteImage {
    var result = self
    let factor = Float(factor)
    for channel in 0..<shape.channels {
      for position in 0..<shape.area {
        let place = channel * shape.area + position
        let start = Int(plain(channel, position))
        let value = Float(start) + factor * Float(Int(bytes[place]) - start)
        result.bytes[place] = Self.truncated(Double(value))
      }
    }
    return result
  }

  /// Cut off, not rounded.
  static func truncated(_ value: Double) -> UInt8 { UInt8(min(max(value, 0), 255)) }
}
