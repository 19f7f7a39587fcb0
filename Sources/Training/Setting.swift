/// A setting of a run, under the name by which programs ask for it.
public enum Setting: String, CaseIterable, Sendable {
  // The recipe.
  case epochs, batch, replays, lr, momentum, eps, steps, norm, beta, lambda, temperature, gamma,
    preset
  case weightDecay = "weight-decay"
  case stepSize = "step-size"
  case squaredErrorWeight = "wmse-weight"
  case crossEntropyWeight = "sce-weight"
  case perturbationStart = "awp-from"
  case labelSmoothing = "label-smoothing"
  case classMeans = "gi"
  case noClassMeans = "no-gi"
  case bothLogits = "ba"
  case oneSided = "no-ba"
  case space, with, particles
  case particleRadius = "particle-radius"

  // Its course.
  case schedule, drops, rise, average, cutmix, augmentation
  case averageDecay = "average-decay"
  case averageStart = "average-from"

  // The images.
  case data, dataset, examples, extra
  case heldOut = "held-out"
  case extraShare = "extra-share"

  // The run.
  case arch, teacher, initial, recipe, temperatures, refine, threads, output
  case cacheTeacher = "cache-teacher"
  case stopOnOverfitting = "stop-on-overfitting"
}

extension TrainingError {
  /// Creates an error of a setting.
  ///
  /// - Parameters:
  ///   - setting: the one that is at fault.
  ///   - kind: whose fault it is; the command line's unless a file is to blame.
  ///   - problem: what is wrong and what helps; settings in it stand between backquotes, alone or
  ///     with a value.
  public init(_ setting: Setting, kind: Kind = .usage, problem: String) {
    self.init(kind: kind, place: setting.rawValue, problem: problem)
    self.setting = setting
  }

  /// The error as a program says it whose settings are options with two dashes.
  ///
  /// For example `--eps: -1 is not positive`.
  public var optionText: String {
    let pieces = problem.split(separator: "`", omittingEmptySubsequences: false).enumerated()
    let text = pieces.map { position, piece in
      if position.isMultiple(of: 2) { return String(piece) }
      let name = piece.prefix { $0 != " " }
      return Setting(rawValue: String(name)) == nil ? "`\(piece)`" : "--\(piece)"
    }.joined()
    return setting == nil ? "\(place): \(text)" : "--\(place): \(text)"
  }
}
