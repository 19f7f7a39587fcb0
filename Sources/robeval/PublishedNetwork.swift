import Checkpoints
import CommandLineSupport
import Graphs

/// What `import --as NAME` takes from the list of published models.
struct PublishedNetwork {
  /// The registry's name.
  let architecture: String
  /// Constants to put before the network; nil where the file brings them or none are needed.
  let normalization: Normalization?
  /// The data set that the network was made for.
  let dataset: String
  /// For example `RobustBench cifar10/Linf/Carmon2019Unlabeled`.
  let origin: String

  /// Finds the network of a name.
  ///
  /// - Parameters:
  ///   - name: as RobustBench has it, with or without `<dataset>/<threat>/` before it.
  ///   - dataset: chooses among models of one name.
  /// - Throws: ``UsageError`` for a name that is unknown, means different networks, or a network
  ///   that the registry does not have.
  init(as name: String, dataset: String?) throws {
    let models = PublishedModel.named(name, dataset: dataset)
    guard let model = models.first else { throw Self.unknown(name, dataset) }
    let networks = Set(models.map { [$0.architecture ?? "", $0.dataset, $0.scaling.text] })
    guard networks.count == 1 else {
      throw UsageError(
        "--as",
        "\(name) means different networks: \(models.map(\.path).joined(separator: ", ")); "
          + "give one of these")
    }
    guard let architecture = model.architecture else {
      throw UsageError(
        "--as",
        "\(model.path) is a \(model.statedArchitecture), which `robeval architectures` does not "
          + "have yet; export it as ONNX and import that")
    }
    self.architecture = architecture
    self.dataset = model.dataset
    origin = "RobustBench \(models.map(\.path).joined(separator: ", "))"
    switch model.scaling {
    case .none, .file: normalization = nil
    case .constants(let constants): normalization = constants
    case .perImage, .unknown:
      throw UsageError(
        "--as", "how \(model.path) normalises its input is not known; give --arch, --mean and --std"
      )
    }
  }

  private static func unknown(_ name: String, _ dataset: String?) -> UsageError {
    let others = PublishedModel.named(name)
    if let dataset, !others.isEmpty {
      return UsageError(
        "--as",
        "\(name) is no model of \(dataset) but of "
          + "\(Set(others.map(\.dataset)).sorted().joined(separator: " and ")); leave --dataset out"
      )
    }
    let question = NearestNames(Set(PublishedModel.all.map(\.name)).sorted()).question(for: name)
    return UsageError(
      "--as", "\(name) is not a model of RobustBench; \(question ?? "`robeval models` lists them")")
  }
}
