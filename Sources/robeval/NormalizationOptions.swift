import ArgumentParser
import Checkpoints
import Evaluation
import Files
import Graphs

/// Options that say what is done to pixels before the network sees them.
struct NormalizationOptions: ParsableArguments {
  @Option(help: "What is subtracted from each channel, for example 0.4914,0.4822,0.4465.")
  var mean: String?

  @Option(help: "What each channel is divided by.")
  var std: String?

  @Option(help: "The range of pixels that the network was trained on: 0-1 or 0-255.")
  var inputRange: InputRange = .unit

  /// The constants in the units of ``inputRange``; nil where none are given.
  func constants() throws -> Normalization? {
    if mean == nil && std == nil { return nil }
    let mean = try numbers(mean, "--mean")
    let deviation = try numbers(std, "--std")
    if let mean, let deviation, mean.count != deviation.count {
      throw EvaluationError(
        kind: .usage, place: "--std",
        problem:
          "has \(counted(deviation.count, "number")) and --mean has \(mean.count); give one a channel"
      )
    }
    if let wrong = deviation?.first(where: { $0 <= 0 }) {
      throw EvaluationError(
        kind: .usage, place: "--std", problem: "\(wrong) is not positive; it divides")
    }
    let count = mean?.count ?? deviation?.count ?? 0
    let constants = Normalization(
      mean: mean ?? [Float](repeating: 0, count: count),
      deviation: deviation ?? [Float](repeating: 1, count: count))
    try checkUnits(of: constants)
    return constants
  }

  /// What was not given and taken for granted, if anything.
  var note: String? {
    switch (mean, std) {
    case (.some, nil): "no --std was given, so nothing is divided"
    case (nil, .some): "no --mean was given, so nothing is subtracted"
    default: nil
    }
  }

  private func checkUnits(of constants: Normalization) throws {
    switch inputRange {
    case .unit where constants.isCountedTo255:
      let divided = constants.scaled(by: 1 / 255.0)
      throw EvaluationError(
        kind: .usage, place: constants.mean.contains { abs($0) > 1 } ? "--mean" : "--std",
        problem: "its numbers are of pixels from 0 to 255, and the network is taken for one of "
          + "pixels in [0, 1]; give\(options(divided)), or --input-range 0-255")
    case .byte where constants.isCountedToOne:
      throw EvaluationError(
        kind: .usage, place: "--input-range",
        problem: "0-255 was given with constants of pixels in [0, 1]; give"
          + "\(options(constants.scaled(by: 255))), or leave out --input-range")
    case .unit, .byte: return
    }
  }

  /// Constants as they would be given.
  private func options(_ constants: Normalization) -> String {
    (mean == nil ? "" : " --mean \(Normalization.text(constants.mean))")
      + (std == nil ? "" : " --std \(Normalization.text(constants.deviation))")
  }

  private func numbers(_ text: String?, _ option: String) throws -> [Float]? {
    try text?.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let number = Float(part.filter { !$0.isWhitespace }), number.isFinite else {
        throw EvaluationError(
          kind: .usage, place: option,
          problem: "“\(part)” is not a number; give one a channel, separated by commas")
      }
      return number
    }
  }
}

/// Ranges of pixels as a command line spells them.
enum InputRange: String, ExpressibleByArgument, CaseIterable {
  case unit = "0-1"
  case byte = "0-255"

  var pixels: ModelRequest.PixelRange { self == .unit ? .unit : .byte }
}
