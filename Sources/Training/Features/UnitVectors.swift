internal import Tensors

extension [Double] {
  /// No vector is divided by less, as in PyTorch's `normalize`.
  private static var smallestLength: Double { 1e-12 }

  /// Divides some places by the length of the vector there.
  ///
  /// - Returns: the length.
  mutating func makeUnit(_ places: Range<Int>) -> Double {
    var square = 0.0
    for place in places { square += self[place] * self[place] }
    let length = Swift.max(square.squareRoot(), Self.smallestLength)
    for place in places { self[place] /= length }
    return length
  }

  /// The gradient with respect to a vector before it became the unit vector at these places.
  func slope(ofUnit places: Range<Int>, length: Double, _ cotangent: [Double]) -> [Double] {
    var along = 0.0
    for place in places { along += self[place] * cotangent[place] }
    // A vector that short is divided by a constant.
    if length <= Self.smallestLength { along = 0 }
    return places.map { (cotangent[$0] - along * self[$0]) / length }
  }
}
