public import Graphs

/// A network that RobustBench lists, with what is said of it there.
public struct PublishedModel: Hashable, Sendable {
  /// How a network's input is normalised, as far as that could be found.
  public enum Scaling: Hashable, Sendable {
    /// Pixels stay within [0, 1].
    case none
    /// Means are subtracted and deviations divide.
    case constants(Normalization)
    /// The constants are in the file of the weights.
    case file
    /// Each image has its own mean and deviation.
    case perImage
    /// Not stated where it was looked for.
    case unknown
  }

  /// For example `Carmon2019Unlabeled`; the same name may stand in several data sets and threats.
  public var name: String
  /// `cifar10`, `cifar100` or `imagenet`.
  public var dataset: String
  /// `Linf`, `L2` or `corruptions`.
  public var threat: String
  /// The radius as text; nil for corruptions.
  public var eps: String?
  /// The architecture in RobustBench's words.
  public var statedArchitecture: String
  /// The registry's name of it; nil where the registry does not have it.
  public var architecture: String?
  /// How the input is normalised.
  public var scaling: Scaling
  /// What ImageNet's photographs go through; nil where nothing is stated.
  public var preprocessing: String?
  /// The accuracy on clean images, in percent, as stated.
  public var clean: String
  /// What AutoAttack leaves, in percent; nil where it is not stated.
  public var autoAttack: String?
  /// The lowest accuracy that is stated, where that is not AutoAttack's; for corruptions the mean.
  public var best: String?
  /// The paper.
  public var title: String
  /// Where and when it appeared.
  public var venue: String

  /// Data set, threat and name, as RobustBench's folders have them.
  public var path: String { "\(dataset)/\(threat)/\(name)" }

  /// All models, in the order of their accuracies within data set and threat.
  public static let all: [PublishedModel] = parse(
    String(decoding: PackageResources.models_tsv, as: UTF8.self))

  /// The models of a name.
  ///
  /// - Parameters:
  ///   - name: a name or a path such as `cifar10/L2/Standard`; upper and lower case are the same.
  ///   - dataset: leaves out those of other data sets, if given.
  /// - Returns: none, one, or several of different data sets and threats.
  public static func named(_ name: String, dataset: String? = nil) -> [PublishedModel] {
    let wanted = name.lowercased()
    return all.filter { model in
      (model.name.lowercased() == wanted || model.path.lowercased() == wanted)
        && (dataset == nil || dataset == model.dataset)
    }
  }

  /// Whether a text occurs in what is said of the model.
  ///
  /// - Parameter text: upper and lower case are the same.
  /// - Returns: whether it does.
  public func mentions(_ text: String) -> Bool {
    [path, statedArchitecture, architecture ?? "", title, venue]
      .contains { $0.lowercased().contains(text.lowercased()) }
  }
}

extension PublishedModel {
  static func parse(_ table: String) -> [PublishedModel] {
    let lines = table.split(separator: "\n")
    let names = lines[0].split(separator: "\t").map(String.init)
    return lines.dropFirst().map { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      precondition(fields.count == names.count, "each line has a field a column: \(line)")
      return PublishedModel(Dictionary(uniqueKeysWithValues: zip(names, fields)))
    }
  }

  private init(_ fields: [String: String]) {
    func text(_ column: String) -> String { fields[column] ?? "" }
    func optional(_ column: String) -> String? {
      text(column).isEmpty ? nil : text(column)
    }
    self.init(
      name: text("name"), dataset: text("dataset"), threat: text("threat"), eps: optional("eps"),
      statedArchitecture: text("architecture"), architecture: optional("registry"),
      scaling: Scaling(text("normalization")), preprocessing: optional("preprocessing"),
      clean: text("clean"), autoAttack: optional("autoattack"), best: optional("best"),
      title: text("title"), venue: text("venue"))
  }
}

extension PublishedModel.Scaling {
  /// From `mean,…/deviation,…` or a word.
  fileprivate init(_ text: String) {
    switch text {
    case "none": self = .none
    case "file": self = .file
    case "per image": self = .perImage
    case "": self = .unknown
    default:
      let parts = text.split(separator: "/").map {
        $0.split(separator: ",").compactMap { Float($0) }
      }
      precondition(parts.count == 2 && parts[0].count == parts[1].count, "\(text)")
      self = .constants(Normalization(mean: parts[0], deviation: parts[1]))
    }
  }
}
