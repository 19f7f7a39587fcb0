import Files
import Graphs
import Tensors

/// Which constants a network normalises with, where several sources name some.
struct NormalizationChoice {
  /// What goes in front of the network, in place of its own; nil leaves it as it is.
  let constants: Normalization?
  /// What the reader should know.
  let note: String?

  /// Chooses for a network of the registry; the file brings weights and perhaps constants.
  ///
  /// - Parameters:
  ///   - asked: what the caller gives, which wins.
  ///   - stored: what the file says.
  ///   - network: whose family may have constants of its own.
  init(asked: Normalization?, stored: Normalization?, network: Architecture) {
    let channels = network.graph.input.channels
    let stored = stored?.broadcast(to: channels)
    let own = network.graph.inputNormalization
    constants = asked ?? stored
    guard let asked else {
      note =
        stored == nil || stored == own
        ? nil
        : "took \(own == nil ? "" : "in place of those of \(network.name) ")mean and deviation from "
          + "the file"
      return
    }
    let replaced = stored.map { ("the file", $0) } ?? own.map { (network.name, $0) }
    note = replaced.flatMap { source, constants in
      constants == asked
        ? nil : "\(asked.text), as given, replace \(constants.text) of \(source)"
    }
  }

  /// Chooses for a network that the file describes; what it does to the image is a part of it.
  ///
  /// - Parameters:
  ///   - asked: what the caller gives.
  ///   - stored: what the file says beside the network.
  ///   - graph: the network.
  ///   - path: the file.
  /// - Throws: ``FileError`` when the network normalises already, with other constants.
  init(
    asked: Normalization?, stored: Normalization?, graph: Graph, path: String
  ) throws(FileError) {
    let channels = graph.input.channels
    let own = graph.inputNormalization
    let stored = stored?.broadcast(to: channels)
    if let stored, let own, stored != own {
      throw FileError(
        path, "input_mean",
        problem: "the file says \(stored.text), and its graph normalises with \(own.text); "
          + "correct one of them")
    }
    let present = own ?? stored
    if let asked, let present, asked != present {
      throw FileError(
        path, "normalization",
        problem: "the network normalises already, with \(present.text), and pixels are never "
          + "normalised twice; leave out --mean and --std")
    }
    constants = asked ?? stored
    note = asked == nil || present != nil ? nil : Self.scaling(of: graph)
  }

  /// What a network does to the image that may be a normalisation in other words.
  private static func scaling(of graph: Graph) -> String? {
    let first = graph.nodes.first { $0.inputs.contains(0) }
    switch first?.operation {
    case .channelAffine, .batchNormalization:
      return "mean and deviation, as given, come before \(first?.name ?? "its first operation"), "
        + "which scales the image already: check that it is meant so"
    default: return nil
    }
  }
}

extension Checkpoint {
  /// Makes the network one for pixels in [0, 1].
  ///
  /// - Parameters:
  ///   - pixels: what it was trained on.
  ///   - path: the file.
  /// - Throws: ``FileError`` when its constants are those of other pixels.
  mutating func expect(_ pixels: ModelRequest.PixelRange, path: String) throws(FileError) {
    let present = model.inputNormalization
    switch pixels {
    case .unit:
      guard let present, present.isCountedTo255 else { return }
      throw FileError(
        path, "normalization",
        problem: "the network normalises with \(present.text), which are of pixels from 0 to 255; "
          + "import it with --input-range 0-255")
    case .byte:
      if let present, present.isCountedToOne {
        throw FileError(
          path, "normalization",
          problem: "the network normalises with \(present.text), which are of pixels in [0, 1]; "
            + "leave out --input-range 0-255")
      }
      model = model.rescalingInput(from: 255)
      normalization = model.inputNormalization
      note("pixels are multiplied by 255, for a network trained on 0 to 255")
    }
  }
}
