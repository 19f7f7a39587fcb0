internal import Files

/// What an analysis is of: enough to repeat it, and for the caption of its pictures.
public struct AnalysisSource: Sendable, Encodable {
  /// A network.
  public struct Network: Sendable, Encodable {
    /// The file's name without its folder.
    public var file: String
    /// As the checkpoint says.
    public var architecture: String
    /// Of the file.
    public var sha256: String

    /// Names a network.
    ///
    /// - Parameters:
    ///   - file: the file's name without its folder.
    ///   - architecture: as the checkpoint says.
    ///   - sha256: of the file.
    public init(file: String, architecture: String, sha256: String) {
      self.file = file
      self.architecture = architecture
      self.sha256 = sha256
    }

    /// For captions and legends, for instance `a.h5 (01234567)`.
    public var caption: String { "\(file) (\(sha256.prefix(8)))" }
  }

  /// What was computed, for instance `margin`.
  public var analysis: String
  /// The program's version.
  public var version: String
  /// The command that repeats it.
  public var command: String
  /// The library that computed the networks.
  public var backend: String
  /// The networks in the order given.
  public var networks: [Network]
  /// The data set's name.
  public var dataset: String
  /// Of its images.
  public var datasetSHA256: String
  /// How many images.
  public var images: Int
  /// Which images these are: `clean`, or what a run made of them.
  public var state: String

  private enum CodingKeys: String, CodingKey {
    case analysis, version, command, backend, networks, dataset, images, state
    case datasetSHA256 = "dataset_sha256"
  }

  /// Says what an analysis is of.
  ///
  /// - Parameters:
  ///   - analysis: what was computed.
  ///   - version: the program's.
  ///   - command: that repeats it.
  ///   - backend: the library that computed the networks.
  ///   - networks: in the order given.
  ///   - dataset: the data set's name.
  ///   - datasetSHA256: of its images.
  ///   - images: how many.
  ///   - state: `clean`, or what a run made of them.
  public init(
    analysis: String, version: String, command: String, backend: String, networks: [Network],
    dataset: String, datasetSHA256: String, images: Int, state: String
  ) {
    self.analysis = analysis
    self.version = version
    self.command = command
    self.backend = backend
    self.networks = networks
    self.dataset = dataset
    self.datasetSHA256 = datasetSHA256
    self.images = images
    self.state = state
  }

  /// What stands above a picture: one line a network, then the images.
  ///
  /// - Parameter letters: what the picture calls the networks; nothing for their files' names alone.
  /// - Returns: lines of plain text.
  public func captionLines(_ letters: [String] = []) -> [String] {
    networks.enumerated().map { place, network in
      (place < letters.count ? letters[place] + ": " : "") + network.caption
    } + [imagesCaption]
  }

  /// What stands above a picture of one network: its line, then the images.
  func captionLines(of network: Int) -> [String] { [networks[network].caption, imagesCaption] }

  /// What pictures and tables call networks of equal rank.
  var letters: [String] { networks.indices.map { "M\($0 + 1)" } }

  /// The name of one network's picture, numbered where there are several networks.
  func pictureName(_ stem: String, of network: Int) -> String {
    networks.count == 1 ? stem : "\(stem)-\(network + 1)"
  }

  /// Which images, for captions.
  var imagesCaption: String { "\(dataset), \(counted(images, "image")), \(state)" }
}
