public import Tensors

/// The points v with ⟨normal, v⟩ = offset.
public struct Hyperplane: Sendable {
  /// The direction at right angles to the plane, of any length.
  public var normal: Image
  /// The inner product of the normal with the plane's points.
  public var offset: Double

  /// Creates a plane.
  ///
  /// - Parameters:
  ///   - normal: at right angles to the plane.
  ///   - offset: the inner product of the normal with the plane's points.
  public init(normal: Image, offset: Double) {
    self.normal = normal
    self.offset = offset
  }
}

/// The way from a point in [0, 1] to a plane, pixel by pixel.
struct WayToPlane {
  /// Toward the plane: −1, 0 or 1.
  let direction: Image
  /// What a unit of movement brings: the normal's absolute value.
  let gain: Image
  /// How far the pixel can move in its direction before it leaves [0, 1].
  let room: Image
  /// What all movements must bring together.
  let need: Double

  /// Components of the normal below the threshold do not move.
  init(from point: Image, to plane: Hyperplane, ignoringBelow threshold: Float) {
    let excess = plane.normal.dot(point) - plane.offset
    let side: Float = excess >= 0 ? -1 : 1
    direction = plane.normal.map { abs($0) < threshold ? 0 : side * $0.signOrZero }
    gain = plane.normal.map { abs($0) < threshold ? 0 : abs($0) }
    room = point.combined(with: direction) { $1 < 0 ? $0 : $1 > 0 ? 1 - $0 : 0 }
    need = abs(excess)
  }

  /// Whether even the corner of the box lies before the plane.
  var endsInCorner: Bool { need >= gain.dot(room) }

  /// The displacement into the corner of the box.
  var toCorner: Image { direction.combined(with: room, *) }

  /// The λ for which Σ gain · min(λ · speed, room) is the need, by Newton's method.
  ///
  /// The sum is concave and piecewise linear in λ, so the steps from zero never overshoot and end
  /// exactly.
  ///
  /// - Parameter speed: what a unit of λ moves a pixel, from its gain.
  /// - Returns: λ.
  func time(_ speed: (SIMD8<Double>) -> SIMD8<Double>) -> Double {
    var time = 0.0
    while true {
      let stopped = gain.pairSum(with: room) { gain, room in
        (gain * room).replacing(with: 0, where: time * speed(gain) .< room)
      }
      let moving = gain.pairSum(with: room) { gain, room in
        (gain * speed(gain)).replacing(with: 0, where: time * speed(gain) .>= room)
      }
      let next = (need - stopped) / moving
      guard next > time, next.isFinite else { return time }
      time = next
    }
  }
}

extension LinfBall {
  /// All pixels with room move equally far.
  public func displacement(from point: Image, to plane: Hyperplane) -> Image {
    let way = WayToPlane(from: point, to: plane, ignoringBelow: 0)
    if way.endsInCorner { return way.toCorner }
    let time = Float(way.time { _ in SIMD8(repeating: 1) })
    return way.direction.combined(with: way.room) { $0 * min(time, $1) }
  }
}

extension L2Ball {
  /// Pixels with room move in proportion to the normal.
  public func displacement(from point: Image, to plane: Hyperplane) -> Image {
    let way = WayToPlane(from: point, to: plane, ignoringBelow: 1e-8)
    if way.endsInCorner { return way.toCorner }
    let time = Float(way.time { $0 })
    let movement = way.gain.combined(with: way.room) { min(time * $0, $1) }
    return way.direction.combined(with: movement, *)
  }
}

extension L1Ball {
  /// Pixels of the largest normal components move first, as far as they can.
  public func displacement(from point: Image, to plane: Hyperplane) -> Image {
    let way = WayToPlane(from: point, to: plane, ignoringBelow: 1e-8)
    if way.endsInCorner { return way.toCorner }
    var displacement = Image(shape: point.shape, repeating: 0)
    var need = way.need
    let gains = way.gain.pixels
    for i in gains.indices.sorted(by: { (-gains[$0], $0) < (-gains[$1], $1) }) where need > 0 {
      let movement = min(Double(way.room.pixels[i]), need / Double(gains[i]))
      displacement.pixels[i] = way.direction.pixels[i] * Float(movement)
      need -= movement * Double(gains[i])
    }
    return displacement
  }
}
