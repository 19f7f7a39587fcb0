public import Graphs
internal import Tensors

/// How many lanes of which width a command takes, where it asks for more than there is work or memory.
///
/// Results do not depend on either on a processor; on an accelerator they may depend on the width,
/// which therefore does not depend on the number of images.
public struct LaneChoice: Hashable, Sendable {
  /// What computes the batches of lanes.
  public enum Machine: Hashable, Sendable {
    /// A processor with its cores, and its memory in bytes.
    case processor(cores: Int, memory: Int)
    /// Devices beside a processor with its cores, and the memory of each in bytes.
    case accelerator(cores: Int, memory: Int, devices: Int = 1)
  }

  /// Threads that compute batches of their own.
  public private(set) var lanes: Int
  /// Images that a lane computes at once.
  public private(set) var width: Int
  /// What was asked for and is not done, a sentence each.
  public private(set) var notes: [String] = []

  /// Chooses.
  ///
  /// - Parameters:
  ///   - lanes: how many are asked for; one a core where that is nil, or as many as keep an
  ///     accelerator busy.
  ///   - width: which is asked for; ``LanePool/usualWidth(for:)`` where that is nil, or as many
  ///     images as an accelerator wants at once.
  ///   - images: how many there are to attack.
  ///   - model: the network.
  ///   - machine: what computes; half of its memory is for activations.
  public init(lanes: Int?, width: Int?, images: Int, model: Model, on machine: Machine) {
    switch machine {
    case .processor(let cores, let memory):
      let usual = LanePool.usualWidth(for: model)
      // More threads than this wait for each other; with fewer images than cores, spare lanes help.
      let mostLanes = min(2 * cores, max(cores, images))
      self.lanes = min(lanes ?? cores, mostLanes)
      let share = (images + self.lanes - 1) / self.lanes
      // Seats beyond the images are lent to guesses, most of which are thrown away.
      let useful = max(usual, share)
      let fits = max(1, memory / 2 / (self.lanes * Self.bytesOfImage(in: model)))
      self.width = min(width ?? usual, width == nil ? usual : min(useful, fits))
      note(lanes: lanes, cores: cores)
      if let width, width > self.width {
        let reason =
          fits < useful ? "as many as fit into half of the memory" : "enough for the images"
        notes.append("--width \(width): \(self.width) is used, \(reason)")
      }
    case .accelerator(let cores, let memory, let devices):
      let fits = memory / 2 / (Self.usualAcceleratorLanes * Self.bytesOfImage(in: model))
      let usual = Self.acceleratorWidths.first { $0 <= fits } ?? 1
      self.width = width ?? usual
      let useful = (images + self.width - 1) / self.width
      let mostLanes = max(1, min(2 * cores, useful))
      let busy = devices * min(Self.usualAcceleratorLanes, max(1, cores / 2 / devices))
      self.lanes = min(lanes ?? busy, mostLanes)
      note(lanes: lanes, cores: cores)
    }
  }

  /// One computes while the others prepare; more gain little (benchmarks/README.md).
  private static let usualAcceleratorLanes = 4

  /// Batches that an accelerator computes about as fast as any larger one, and smaller ones where
  /// memory is short.
  private static let acceleratorWidths = [256, 128, 64, 32, 16, 8, 4, 2]

  private mutating func note(lanes: Int?, cores: Int) {
    guard let lanes, lanes > self.lanes else { return }
    notes.append("--lanes \(lanes): \(self.lanes) are used, as many as \(cores) cores keep busy")
  }

  /// What a plan for gradients holds of an image at most: every value and its derivative.
  private static func bytesOfImage(in model: Model) -> Int {
    let values = ((try? model.shapes()) ?? []).reduce(model.graph.input.count) { $0 + $1.count }
    return max(1, 2 * values * MemoryLayout<Float>.stride)
  }
}
