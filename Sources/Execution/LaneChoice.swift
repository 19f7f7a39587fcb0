public import Graphs
internal import Tensors

/// How many lanes of which width a command takes, where it asks for more than there is work or memory.
///
/// Results do not depend on either.
public struct LaneChoice: Hashable, Sendable {
  /// Threads that compute batches of their own.
  public private(set) var lanes: Int
  /// Images that a lane computes at once.
  public private(set) var width: Int
  /// What was asked for and is not done, a sentence each.
  public private(set) var notes: [String] = []

  /// Chooses.
  ///
  /// - Parameters:
  ///   - lanes: how many are asked for; one a core where that is nil.
  ///   - width: which is asked for; ``LanePool/usualWidth(for:)`` where that is nil.
  ///   - images: how many there are to attack.
  ///   - model: the network.
  ///   - cores: of the machine.
  ///   - memory: of the machine, in bytes; half of it is for activations.
  public init(
    lanes: Int?, width: Int?, images: Int, model: Model, cores: Int, memory: Int
  ) {
    let usual = LanePool.usualWidth(for: model)
    // More threads than this wait for each other; with fewer images than cores, spare lanes help.
    let mostLanes = min(2 * cores, max(cores, images))
    self.lanes = min(lanes ?? cores, mostLanes)
    let share = (images + self.lanes - 1) / self.lanes
    // Seats beyond the images are lent to guesses, most of which are thrown away.
    let useful = max(usual, share)
    let fits = max(1, memory / 2 / (self.lanes * Self.bytesOfImage(in: model)))
    self.width = min(width ?? usual, width == nil ? usual : min(useful, fits))
    if let lanes, lanes > self.lanes {
      notes.append("--lanes \(lanes): \(self.lanes) are used, as many as \(cores) cores keep busy")
    }
    if let width, width > self.width {
      let reason =
        fits < useful ? "as many as fit into half of the memory" : "enough for the images"
      notes.append("--width \(width): \(self.width) is used, \(reason)")
    }
  }

  /// What a plan for gradients holds of an image at most: every value and its derivative.
  private static func bytesOfImage(in model: Model) -> Int {
    let values = ((try? model.shapes()) ?? []).reduce(model.graph.input.count) { $0 + $1.count }
    return max(1, 2 * values * MemoryLayout<Float>.stride)
  }
}
