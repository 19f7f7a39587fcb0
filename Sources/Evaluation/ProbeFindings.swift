public import Files
internal import Foundation

/// What a few questions to a network told about it before the run: `probe.json`.
///
/// It depends on the network, the data set and the radius, not on lanes or on which shard of the
/// images a run attacks, so that the shards of one run find the same.
public struct ProbeFindings: Hashable, Sendable, Codable {
  /// The number of classes.
  public var classes = 0
  /// Images that were classified.
  public var images = 0
  /// How many of those are classified correctly, given as pixels in [0, 1].
  public var correct = 0
  /// How many are when the pixels are given in another range, by the range's name.
  public var correctInRange: [String: Int] = [:]
  /// The largest distance between the normalised logits of two evaluations of one image.
  public var spread = 0.0
  /// Images whose logits are positive and sum to one.
  public var probabilityLike = 0
  /// The share of logits that are exactly zero.
  public var zeroLogits = 0.0
  /// Images that were attacked.
  public var attacked = 0
  /// How many of those change class under an attack of radius zero.
  public var changedAtZero = 0
  /// How many stay correct under a short PGD with half the range of pixels.
  public var standingAtLarge = 0
  /// The mean loss after one step of PGD with the run's radius.
  public var lossAfterOneStep = 0.0
  /// The mean loss after ten steps.
  public var lossAfterTenSteps = 0.0

  /// Creates findings of nothing.
  public init() {}

  /// Reads the findings of a run.
  ///
  /// - Parameter folder: the run's.
  /// - Returns: the findings; nil where the network was not probed.
  /// - Throws: `FileError` when the file is damaged.
  public static func read(from folder: String) throws(FileError) -> ProbeFindings? {
    let file = folder + "/probe.json"
    guard try FileContents.exist(at: file) else { return nil }
    let findings = try StrictJSON.decode(
      ProbeFindings.self, from: try FileContents.read(file, limit: 1 << 20), of: file)
    if let problem = findings.problem {
      throw FileError(file, problem: "\(problem); delete it and repeat the run's command")
    }
    return findings
  }

  /// Writes the findings of a run.
  ///
  /// - Parameter folder: the run's.
  /// - Throws: `FileError` when it cannot be written.
  public func write(into folder: String) throws {
    try AtomicFile.write(try jsonText(of: self), to: folder + "/probe.json")
  }

  /// What cannot be true of any network, in words; nil where there is nothing of the kind.
  private var problem: String? {
    let counts = [images, correct, probabilityLike] + correctInRange.values
    guard (0...NetworkProbe.classified).contains(images),
      counts.allSatisfy({ (0...images).contains($0) })
    else { return "counts other than 0 to \(NetworkProbe.classified) images" }
    guard (0...NetworkProbe.attacked).contains(attacked),
      [changedAtZero, standingAtLarge].allSatisfy({ (0...attacked).contains($0) })
    else { return "counts other than 0 to \(NetworkProbe.attacked) attacked images" }
    return classes > 0 && spread >= 0 && (0...1).contains(zeroLogits)
      ? nil : "has a number below or above what is possible"
  }

  private enum CodingKeys: String, CodingKey {
    case classes, images, correct, spread, attacked
    case correctInRange = "correct_in_range"
    case probabilityLike = "probability_like"
    case zeroLogits = "zero_logits"
    case changedAtZero = "changed_at_zero"
    case standingAtLarge = "standing_at_large"
    case lossAfterOneStep = "loss_after_one_step"
    case lossAfterTenSteps = "loss_after_ten_steps"
  }
}
