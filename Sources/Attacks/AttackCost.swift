/// From how many to how many passes something may ask of the network.
///
/// Numbers are `Double`, because products of settings may be larger than any `Int`; every count
/// that a machine can reach is exact.
public struct PassRange: Hashable, Sendable {
  /// Forward passes, those of gradients included.
  public var forwards: ClosedRange<Double>
  /// Backward passes.
  public var backwards: ClosedRange<Double>

  /// Creates a range.
  ///
  /// - Parameters:
  ///   - forwards: forward passes, those of gradients included.
  ///   - backwards: backward passes.
  public init(forwards: ClosedRange<Double>, backwards: ClosedRange<Double>) {
    self.forwards = forwards
    self.backwards = backwards
  }

  /// A number that is always the same.
  static func exactly(gradients: Double, logits: Double) -> PassRange {
    let forwards = gradients + logits
    return PassRange(forwards: forwards...forwards, backwards: gradients...gradients)
  }

  /// Whether numbers of passes lie within.
  ///
  /// - Parameters:
  ///   - forwards: forward passes.
  ///   - backwards: backward passes.
  /// - Returns: whether both do.
  public func contains(forwards: Int, backwards: Int) -> Bool {
    self.forwards.contains(Double(forwards)) && self.backwards.contains(Double(backwards))
  }

  static func + (left: PassRange, right: PassRange) -> PassRange {
    PassRange(
      forwards: left.forwards.lowerBound
        + right.forwards.lowerBound...left.forwards.upperBound + right.forwards.upperBound,
      backwards: left.backwards.lowerBound
        + right.backwards.lowerBound...left.backwards.upperBound + right.backwards.upperBound)
  }

  static func * (count: Int, range: PassRange) -> PassRange {
    let count = Double(count)
    return PassRange(
      forwards: count * range.forwards.lowerBound...count * range.forwards.upperBound,
      backwards: count * range.backwards.lowerBound...count * range.backwards.upperBound)
  }

  /// From the least of this range to the most of another.
  func through(_ other: PassRange) -> PassRange {
    PassRange(
      forwards: forwards.lowerBound...max(forwards.upperBound, other.forwards.upperBound),
      backwards: backwards.lowerBound...max(backwards.upperBound, other.backwards.upperBound))
  }
}

extension PassRange: CustomStringConvertible {
  /// For example `102 forwards and 100 backwards`.
  public var description: String {
    "\(Self.text(forwards)) forwards and \(Self.text(backwards)) backwards"
  }

  private static func text(_ range: ClosedRange<Double>) -> String {
    func whole(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }
    return range.lowerBound == range.upperBound
      ? whole(range.lowerBound) : "\(whole(range.lowerBound)) to \(whole(range.upperBound))"
  }
}

/// What an attack, or one of its runs, asks of the network.
///
/// A verification holds recorded costs against it: an attack that was not run has none.
public struct AttackCost: Hashable, Sendable {
  /// Where no misclassified image is found.
  public var ofSurvivor: PassRange
  /// Where one is.
  public var ofFooled: PassRange

  /// Creates a cost.
  ///
  /// - Parameters:
  ///   - ofSurvivor: where no misclassified image is found.
  ///   - ofFooled: where one is.
  public init(ofSurvivor: PassRange, ofFooled: PassRange) {
    self.ofSurvivor = ofSurvivor
    self.ofFooled = ofFooled
  }

  /// What a misclassified image or its absence costs when success does not end anything early.
  static func always(_ range: PassRange) -> AttackCost {
    AttackCost(ofSurvivor: range, ofFooled: range)
  }

  /// One question about the clean image, then runs up to the first that finds something.
  func repeated(_ runs: Int) -> AttackCost {
    let clean = PassRange.exactly(gradients: 0, logits: 1)
    return AttackCost(
      ofSurvivor: clean + runs * ofSurvivor,
      ofFooled: (clean + ofFooled).through(clean + runs * ofSurvivor))
  }
}
