internal import Evaluation

/// How many of some runs' adversarial images fool other networks.
public struct TransferAnalysis: Sendable, Encodable {
  /// A run: whose adversarial images are shown.
  public struct Origin: Sendable, Encodable {
    /// The folder's name.
    public let name: String
    /// The attack, the radius and the network.
    public let attack: String
    /// The images' classes.
    public let labels: [Int]

    private enum CodingKeys: String, CodingKey { case name, attack }

    /// Names a run.
    ///
    /// - Parameters:
    ///   - name: the folder's.
    ///   - attack: the attack, the radius and the network.
    ///   - labels: the classes of its adversarial images, in their order.
    public init(name: String, attack: String, labels: [Int]) {
      self.name = name
      self.attack = attack
      self.labels = labels
    }
  }

  /// One run and one network.
  public struct Cell: Sendable, Encodable, Hashable {
    /// The place of the run.
    public let run: Int
    /// The place of the network.
    public let network: Int
    /// The run's adversarial images.
    public let images: Int
    /// Those whose clean image the network classifies correctly.
    public let correct: Int
    /// Those of them whose adversarial image it does not.
    public let fooled: Int
    /// Adversarial images that it misclassifies, whatever it says of the clean ones.
    public let misclassified: Int
    /// ``fooled`` of ``correct``; nil where there is none.
    public let rate: Double?
    /// 95 %, by Clopper and Pearson.
    public let interval: [Double]?
  }

  /// The runs.
  public let runs: [Origin]
  /// Run by run, network by network.
  public let cells: [Cell]

  /// Counts.
  ///
  /// - Parameters:
  ///   - runs: whose images are shown.
  ///   - clean: the classes predicted for the clean images, by run, network, image.
  ///   - adversarial: those predicted for the adversarial images.
  public init(_ runs: [Origin], clean: [[[Int]]], adversarial: [[[Int]]]) {
    self.runs = runs
    var cells: [Cell] = []
    for (run, origin) in runs.enumerated() {
      let labels = origin.labels
      for network in clean[run].indices {
        let (before, after) = (clean[run][network], adversarial[run][network])
        precondition(before.count == labels.count && after.count == labels.count)
        let correct = labels.indices.filter { before[$0] == labels[$0] }
        let fooled = correct.count { after[$0] != labels[$0] }
        let share = correct.isEmpty ? nil : Proportion(fooled, of: correct.count)
        cells.append(
          Cell(
            run: run, network: network, images: labels.count, correct: correct.count,
            fooled: fooled, misclassified: labels.indices.count { after[$0] != labels[$0] },
            rate: share?.value,
            interval: share.map { [$0.clopperPearson.lowerBound, $0.clopperPearson.upperBound] }))
      }
    }
    self.cells = cells
  }
}
