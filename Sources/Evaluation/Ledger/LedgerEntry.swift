public import Execution
internal import Foundation

/// What one attack did to one image; one line of the ledger.
public struct LedgerEntry: Hashable, Sendable, Codable {
  /// How it ended.
  public enum Outcome: String, Hashable, Sendable, Codable {
    /// Of the clean pass: the image is classified correctly.
    case correct
    /// Of the clean pass: it is not, and is not attacked.
    case wrong
    /// The attack found a misclassified image that the judge confirmed.
    case fooled
    /// The attack found none.
    case survived
    /// The attack claimed one that the judge did not confirm; the image stands.
    case rejected
  }

  /// The image's stable index.
  public var index: Int
  /// The attack's name; `clean` for the clean pass.
  public var attack: String
  /// The radius as it was written; nil for the clean pass.
  public var eps: String?
  /// How it ended.
  public var outcome: Outcome
  /// The distance of the judged image from the clean one.
  public var distance: Double
  /// The exact logit of the true class minus the largest other one, at the judged image.
  public var margin: Double
  /// The class that the exact path predicts for the judged image.
  public var predicted: Int
  /// The true class.
  public var label: Int
  /// What was asked of the network.
  public var passes: PassCount
  /// The position of the adversarial image among those stored, if it is one.
  public var record: Int?
  /// The distance of the nearest misclassified image that an attack on the boundary came across,
  /// inside the radius or not; nil for other attacks and where it came across none.
  public var boundaryDistance: Double?
  /// The position of that image among those stored for larger radii, if it is.
  public var boundaryRecord: Int?
  /// The first 16 digits of the SHA-256 of the adversarial image as it is stored; nil without one
  /// and of runs from before it was recorded.
  public var recordSum: String?
  /// That of the image stored for larger radii.
  public var boundarySum: String?

  /// Creates an entry.
  ///
  /// - Parameters:
  ///   - index: the image's stable index.
  ///   - attack: the attack's name.
  ///   - outcome: how it ended.
  ///   - distance: of the judged image from the clean one.
  ///   - margin: at the judged image.
  ///   - predicted: the class of the judged image.
  ///   - label: the true class.
  ///   - passes: what was asked.
  ///   - record: where the adversarial image is stored.
  ///   - eps: the radius; nil for the clean pass.
  ///   - boundaryDistance: of the nearest misclassified image, from an attack on the boundary.
  public init(
    index: Int, attack: String, outcome: Outcome, distance: Double, margin: Double,
    predicted: Int, label: Int, passes: PassCount, record: Int? = nil, eps: String? = nil,
    boundaryDistance: Double? = nil
  ) {
    self.index = index
    self.attack = attack
    self.outcome = outcome
    self.distance = distance
    self.margin = margin
    self.predicted = predicted
    self.label = label
    self.passes = passes
    self.record = record
    self.eps = eps
    self.boundaryDistance = boundaryDistance
  }

  enum CodingKeys: String, CodingKey {
    case index, attack, eps, outcome, distance, margin, predicted, label, passes, record
    case boundaryDistance = "fab_distance"
    case boundaryRecord = "fab_record"
    case recordSum = "record_sum"
    case boundarySum = "fab_record_sum"
  }

  /// The attack and the radius; of the clean pass its name.
  var step: String { Self.step(of: attack, within: eps) }

  static func step(of attack: String, within eps: String?) -> String {
    eps.map { "\(attack) at \($0)" } ?? attack
  }

  /// The same with the radius of a run that has one, which lines of format 1 do not name.
  func completed(by settings: RunSettings) -> LedgerEntry {
    var entry = self
    if eps == nil, attack != Self.clean, settings.radii.count == 1 {
      entry.eps = settings.radii[0].text
    }
    return entry
  }

  /// The name of the clean pass.
  public static let clean = "clean"
}
