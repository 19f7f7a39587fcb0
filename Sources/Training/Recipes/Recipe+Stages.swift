/// What a stage of training moves.
public enum StageReach: String, Codable, Hashable, Sendable {
  /// The student up to the end of its last stage, and the layers that terms add.
  case stages
  /// The layers that terms add.
  case layers
}

extension Recipe {
  /// The preparations and then the recipe itself.
  var stages: [Recipe] { (preparations ?? []) + [self] }

  /// How many times every image is seen, preparations included.
  public var allEpochs: Int { stages.reduce(0) { $0 + $1.epochs } }

  /// What is done in an epoch.
  ///
  /// - Parameter epoch: of the run, counted from 1.
  /// - Returns: the number of the stage, its recipe, and the epoch within it.
  func stage(ofEpoch epoch: Int) -> (number: Int, recipe: Recipe, epoch: Int) {
    var (number, within) = (0, epoch)
    while number < stages.count - 1, within > stages[number].epochs {
      within -= stages[number].epochs
      number += 1
    }
    return (number, stages[number], within)
  }
}
