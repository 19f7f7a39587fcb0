/// A term of a loss with its factor.
public struct WeightedTerm: Sendable {
  /// Under what reports show its mean, unweighted, for instance `kl`; terms of one name are added up.
  public var name: String
  /// What is added.
  public var term: any LossTerm
  /// Its factor.
  public var weight: Double
  /// What the factor is multiplied with as epochs pass.
  public var course: WeightCourse
  /// As what the factor can be set; nil where it cannot.
  public var setting: Setting?

  /// Joins a term and its factor.
  ///
  /// - Parameters:
  ///   - name: under what reports show its mean.
  ///   - term: what is added.
  ///   - weight: its factor.
  ///   - course: what the factor is multiplied with as epochs pass.
  ///   - setting: as what the factor can be set.
  public init(
    _ name: String, _ term: any LossTerm, times weight: Double = 1,
    over course: WeightCourse = .constant, as setting: Setting? = nil
  ) {
    self.name = name
    self.term = term
    self.weight = weight
    self.course = course
    self.setting = setting
  }

  /// The factor in an epoch, counted from 1.
  func factor(inEpoch epoch: Int, of epochs: Int) -> Double {
    course.factor(inEpoch: epoch, of: epochs) * weight
  }

  /// The factor and the term's own numbers that can be set, as they are.
  var numbers: [(Setting, Double)] { (setting.map { [($0, weight)] } ?? []) + term.numbers }

  /// With another number; nil where it has none such.
  func setting(_ setting: Setting, to value: Double) -> WeightedTerm? {
    let changed = term.setting(setting, to: value)
    if changed == nil && setting != self.setting { return nil }
    var result = self
    if let changed { result.term = changed }
    if setting == self.setting { result.weight = value }
    return result
  }

  /// With another term in the place of this one; nil for none.
  func replacing(_ change: (any LossTerm) -> (any LossTerm)?) -> WeightedTerm? {
    guard let changed = change(term) else { return nil }
    var result = self
    result.term = changed
    return result
  }
}

extension WeightedTerm: Hashable {
  /// Whether all is equal, the kind of term included.
  ///
  /// - Parameters:
  ///   - one: a term.
  ///   - other: another.
  /// - Returns: whether they are.
  public static func == (one: WeightedTerm, other: WeightedTerm) -> Bool {
    one.name == other.name && one.weight == other.weight && one.course == other.course
      && one.setting == other.setting && AnyHashable(one.term) == AnyHashable(other.term)
  }

  /// Hashes the name, the factor and the term.
  ///
  /// - Parameter hasher: takes them in.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(weight)
    hasher.combine(AnyHashable(term))
  }
}

/// How a factor changes from epoch to epoch.
public enum WeightCourse: Codable, Hashable, Sendable {
  /// Not at all.
  case constant
  /// In equal steps up to 1, which it reaches after so many epochs.
  case rising(epochs: Int)
  /// max(`height` · (1 − `speed` · epoch / epochs), 0) above `floor`.
  case falling(height: Double, speed: Double, floor: Double)

  /// The factor in an epoch.
  ///
  /// - Parameters:
  ///   - epoch: counted from 1.
  ///   - epochs: how many there are.
  /// - Returns: what a weight is multiplied with.
  public func factor(inEpoch epoch: Int, of epochs: Int) -> Double {
    switch self {
    case .constant: 1
    case .rising(let rise): min(Double(epoch) / Double(max(rise, 1)), 1)
    case .falling(let height, let speed, let floor):
      floor + max(height * (1 - speed * Double(epoch) / Double(epochs)), 0)
    }
  }

  /// The course of a run of another length.
  func lasting(_ epochs: Int, insteadOf published: Int) -> WeightCourse {
    guard case .rising(let rise) = self else { return self }
    let scaled = (Double(rise) / Double(published) * Double(epochs)).rounded()
    return .rising(epochs: max(Int(scaled), 1))
  }
}
