public import Attacks
public import Checkpoints
public import Tensors

extension RunSettings {
  /// Everything that a report has to say about how a run is done, in this order: how sums are
  /// rounded, where the network comes from, which attacks run otherwise than asked, and which radii
  /// forbid nothing.
  ///
  /// - Parameters:
  ///   - rounding: what the fast path says of itself.
  ///   - checkpoint: the network.
  ///   - attacks: in order.
  ///   - norm: of perturbations.
  ///   - radii: all of them.
  ///   - pixels: of an image, in all channels.
  /// - Returns: a sentence each.
  public static func notes(
    rounding: [String], checkpoint: Checkpoint, attacks: [any Attacks.Attack], norm: Norm,
    radii: [Epsilon], pixels: Int
  ) -> [String] {
    let origin = checkpoint.provenance["published_as"].map { ["network imported as \($0)"] } ?? []
    let ofAttacks = attacks.flatMap { $0.notes(forClasses: checkpoint.classes) }
    let ofRadii = radii.compactMap { $0.note(in: norm, pixels: pixels) }
    return rounding + origin + checkpoint.notes + ofAttacks + ofRadii
  }
}
