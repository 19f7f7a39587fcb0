public import Datasets
public import Evaluation
internal import Foundation
internal import Tensors

/// What a page shows besides numbers: the names of classes, and some adversarial images.
public struct Exhibits: Sendable {
  /// One adversarial image beside its clean one.
  struct Picture: Sendable {
    let entry: LedgerEntry
    let clean: Image
    let adversarial: Image
  }

  /// Images chosen by one rule.
  struct Group: Sendable {
    let title: String
    let pictures: [Picture]
  }

  let classNames: [String]
  let groups: [Group]

  /// Names and pictures where nothing but a run's numbers is at hand.
  public static let none = Exhibits(classNames: [], groups: [])

  private init(classNames: [String], groups: [Group]) {
    self.classNames = classNames
    self.groups = groups
  }

  /// Takes names and clean images from a data set and adversarial ones from a run's file.
  ///
  /// - Parameters:
  ///   - result: of the run.
  ///   - entries: the ledger.
  ///   - dataset: which was evaluated.
  ///   - path: of the run's folder.
  /// - Throws: `FileError` when `adversarial.h5` cannot be read.
  public init(
    _ result: EvaluationResult, entries: [LedgerEntry], from dataset: Dataset, runIn path: String
  ) throws {
    classNames = dataset.classNames
    let fooled = entries.filter { $0.outcome == .fooled }
    let choices = Self.choices(fooled, of: result, pixels: dataset.shape.area)
    let wanted = Set(choices.flatMap { $0.entries.map(\.index) })
    let images =
      wanted.isEmpty
      ? [:]
      : try AdversarialImages(path + "/adversarial.h5", shape: dataset.shape).images(of: wanted)
    let positions = dataset.positionsByIndex
    groups = choices.map { choice in
      Group(
        title: choice.title,
        pictures: choice.entries.compactMap { entry in
          guard let image = images[entry.index], let position = positions[entry.index] else {
            return nil
          }
          return Picture(
            entry: entry, clean: dataset.image(at: position), adversarial: image)
        })
    }
  }

  /// Strongest, weakest and random; fewer of photographs, which are large.
  private static func choices(
    _ fooled: [LedgerEntry], of result: EvaluationResult, pixels: Int
  ) -> [(title: String, entries: [LedgerEntry])] {
    if fooled.isEmpty { return [] }
    let count = pixels > 128 * 128 ? 1 : pixels > 64 * 64 ? 3 : 6
    let byMargin = fooled.sorted { ($0.margin, $0.index) < ($1.margin, $1.index) }
    let byIndex = fooled.sorted { $0.index < $1.index }
    var random = RandomStream(seed: result.settings.seed).forked("gallery")
    var rest = byIndex
    var drawn: [LedgerEntry] = []
    while drawn.count < count, !rest.isEmpty {
      drawn.append(rest.remove(at: random.below(rest.count)))
    }
    return [
      ("Strongest: the most negative margins", Array(byMargin.prefix(count))),
      ("Weakest: the margins closest to zero", Array(byMargin.suffix(count).reversed())),
      ("Random, by the run's seed \(result.settings.seed)", drawn),
    ]
  }

  /// A class by name where it has one.
  func name(of label: Int) -> String {
    classNames.indices.contains(label) ? classNames[label] : "\(label)"
  }
}
