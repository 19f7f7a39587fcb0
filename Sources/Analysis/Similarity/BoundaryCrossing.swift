public import Attacks
public import Execution
public import Tensors

/// How the boundary between two classes was reached from an image.
public struct BoundaryCrossing: Sendable, Hashable {
  /// The class that was raised.
  public let target: Int
  /// From the image to where the search ended, in the coordinates of the attack's space.
  public let displacement: Image
  /// How many steps that took.
  public let steps: Int
  /// The class predicted there.
  public let predicted: Int

  /// Searches from one image toward several classes.
  ///
  /// - Parameters:
  ///   - image: of pixels.
  ///   - base: the class predicted there.
  ///   - targets: the classes to be raised, one after the other.
  ///   - attack: how.
  ///   - oracle: the network.
  /// - Returns: in the order of the targets.
  /// - Throws: what the oracle throws.
  public static func all(
    from image: Image, base: Int, toward targets: [Int], by attack: BoundarySupportingSample,
    asking oracle: some Oracle
  ) async throws -> [BoundaryCrossing] {
    let start = attack.space.coordinates(of: image)
    var crossings: [BoundaryCrossing] = []
    for target in targets {
      let ending = try await attack.cross(
        from: start, base: base, toward: target, asking: oracle)
      crossings.append(
        BoundaryCrossing(
          target: target, displacement: ending.coordinates - start, steps: ending.steps,
          predicted: ending.predicted))
    }
    return crossings
  }

  /// Up to ten classes all wrong ones, of more the teacher's five likeliest wrong ones.
  ///
  /// - Parameters:
  ///   - logits: the teacher's.
  ///   - base: the right class.
  ///   - count: how many of the likeliest; nil for all.
  /// - Returns: classes, the likeliest first where they are chosen, else in order.
  public static func targets(_ logits: [Float], base: Int, likeliest count: Int?) -> [Int] {
    let wrong = logits.indices.filter { $0 != base }
    guard let count, count < wrong.count else { return wrong }
    return Array(wrong.sorted { (logits[$1], $0) < (logits[$0], $1) }.prefix(count))
  }
}
