public import Execution

/// The difference-of-logits ratio, invariant to shifts and scales of the logits.
///
/// With z₍₁₎ ≥ z₍₂₎ ≥ …: −(z_y − max over c ≠ y of z_c) / (z₍₁₎ − z₍₃₎).
/// Source: Croce & Hein, *Reliable evaluation of adversarial robustness*, ICML 2020, eq. 6.
public struct DifferenceOfLogitsRatio: Objective {
  /// Creates the objective; it needs three classes.
  public init() {}

  /// The objective and its gradient with respect to the logits.
  public func evaluate(_ logits: [Float], label: Int) -> (value: Float, cotangent: [Float]) {
    precondition(logits.count >= 3, "the difference-of-logits ratio needs three classes")
    let order = logits.largest(3)
    let rival = order[0] == label ? order[1] : order[0]
    return logits.ratio(
      from: label, to: rival, denominator: [(order[0], 1), (order[2], -1)])
  }
}

/// The difference-of-logits ratio toward one wrong class t.
///
/// −(z_y − z_t) / (z₍₁₎ − ½(z₍₃₎ + z₍₄₎)).
/// Source: Croce & Hein, *Reliable evaluation of adversarial robustness*, ICML 2020, eq. 7.
public struct TargetedDifferenceOfLogitsRatio: Objective {
  /// The class to be raised.
  public let target: Int

  /// Creates the objective; it needs four classes.
  ///
  /// - Parameter target: the class to be raised.
  public init(target: Int) { self.target = target }

  /// The objective and its gradient with respect to the logits.
  public func evaluate(_ logits: [Float], label: Int) -> (value: Float, cotangent: [Float]) {
    precondition(logits.count >= 4, "the targeted difference-of-logits ratio needs four classes")
    let order = logits.largest(4)
    return logits.ratio(
      from: label, to: target,
      denominator: [(order[0], 1), (order[2], -0.5), (order[3], -0.5)])
  }
}

extension [Float] {
  /// The positions of the largest elements, descending; of equals the first comes first.
  ///
  /// - Parameter number: how many; fewer are returned when there are fewer elements.
  /// - Returns: positions. O(number · n).
  func largest(_ number: Int) -> [Int] {
    var order: [Int] = []
    for position in indices {
      let element = self[position]
      // Not a plain `<`: a NaN must sink below every number.
      let place =
        order.firstIndex { self[$0] < element || (self[$0].isNaN && !element.isNaN) }
        ?? order.count
      if place < number {
        if order.count == number { order.removeLast() }
        order.insert(position, at: place)
      }
    }
    return order
  }

  /// −(z_y − z_t) / (Σ weight·z + 10⁻¹²) and its gradient, the denominator's included.
  fileprivate func ratio(
    from label: Int, to rival: Int, denominator terms: [(position: Int, weight: Double)]
  ) -> (value: Float, cotangent: [Float]) {
    let rise = Double(self[rival]) - Double(self[label])
    let spread = terms.reduce(1e-12) { $0 + $1.weight * Double(self[$1.position]) }
    var cotangent = [Double](repeating: 0, count: count)
    cotangent[rival] += 1 / spread
    cotangent[label] -= 1 / spread
    for (position, weight) in terms { cotangent[position] -= weight * rise / (spread * spread) }
    return (Float(rise / spread), cotangent.map { Float($0) })
  }
}
