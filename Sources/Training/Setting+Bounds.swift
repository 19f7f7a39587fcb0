/// The numbers that a setting may be.
enum Bounds {
  /// A whole number within these.
  case whole(ClosedRange<Int>)
  /// Above 0, and at most this.
  case positive(upTo: Double)
  /// From 0 to this.
  case fromZero(upTo: Double)
  /// From 0 to below 1.
  case belowOne
  /// Above 0 and below 1.
  case share

  /// Large enough for anything, and still finite when squared in single precision.
  static let largest = 1e18

  func contains(_ number: Double) -> Bool {
    switch self {
    case .whole(let range):
      Double(range.lowerBound) <= number && number <= Double(range.upperBound)
        && number == number.rounded()
    case .positive(let limit): Float(number) > 0 && number <= limit
    case .fromZero(let limit): number >= 0 && number <= limit
    case .belowOne: number >= 0 && number < 1
    case .share: number > 0 && number < 1
    }
  }

  /// What is allowed, as what a number should be.
  var text: String {
    switch self {
    case .whole(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .positive(let limit): "above 0 and at most \(shown(limit))"
    case .fromZero(let limit): "from 0 to \(shown(limit))"
    case .belowOne: "from 0 to below 1"
    case .share: "between 0 and 1"
    }
  }
}

extension Setting {
  /// What it may be, where it is a number.
  var bounds: Bounds? {
    switch self {
    case .epochs: .whole(1...1_000_000)
    case .batch: .whole(1...1_000_000)
    case .steps: .whole(1...10_000)
    case .replays: .whole(1...1000)
    case .particles: .whole(1...1000)
    case .perturbationStart: .whole(1...1_000_000)
    case .threads: .whole(1...1024)
    case .refine: .whole(0...100)
    case .lr, .temperature, .eps, .particleRadius: .positive(upTo: Bounds.largest)
    case .stepSize: .positive(upTo: 2)
    case .beta, .lambda, .squaredErrorWeight, .crossEntropyWeight, .cutmix, .averageStart:
      .fromZero(upTo: Bounds.largest)
    case .weightDecay, .rise: .fromZero(upTo: 1)
    case .momentum, .gamma, .labelSmoothing, .averageDecay: .belowOne
    case .extraShare: .share
    case .norm, .preset, .classMeans, .noClassMeans, .bothLogits, .oneSided, .space, .with,
      .schedule,
      .drops, .average, .augmentation, .data, .dataset, .examples, .extra, .heldOut, .arch,
      .teacher, .initial, .recipe, .temperatures, .output, .cacheTeacher, .stopOnOverfitting:
      nil
    }
  }

  /// Refuses a number that the setting cannot be.
  ///
  /// - Parameter number: what it is to be.
  /// - Throws: ``TrainingError`` with what is allowed.
  public func check(_ number: Double) throws(TrainingError) {
    guard let bounds, !bounds.contains(number) else { return }
    throw TrainingError(self, problem: "\(shown(number)) is not \(bounds.text)")
  }
}

/// A number, whole ones without their zero.
func shown(_ number: Double) -> String {
  let text = "\(number)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
