/// The search of a teacher's temperature in two steps: a coarse grid, then a finer one around the
/// best of it.
///
/// Networks are compared by their robustness on images held out of training, never on test images;
/// those that withstand nothing or whose gradients mislead attacks are not eligible.
/// Source: Chen & Lee, *LTD: Low temperature distillation for robust adversarial training*, 2021.
public struct TemperatureSearch: Sendable {
  /// Of which grid a temperature is.
  public enum Stage: String, Codable, Hashable, Sendable {
    /// Of the first.
    case coarse
    /// Of the one around the best of the first.
    case fine
  }

  /// What came of a temperature.
  public struct Trial: Codable, Hashable, Sendable {
    /// The teacher's temperature.
    public var temperature: Double
    /// Of which grid it is.
    public var stage: Stage
    /// What the network withstood.
    public var resistance: Resistance

    /// Creates a trial.
    ///
    /// - Parameters:
    ///   - temperature: the teacher's.
    ///   - stage: of which grid it is.
    ///   - resistance: what the network withstood.
    public init(temperature: Double, stage: Stage, resistance: Resistance) {
      self.temperature = temperature
      self.stage = stage
      self.resistance = resistance
    }
  }

  /// The first grid, ascending.
  public let coarse: [Double]
  /// How many temperatures are tried between the best and each of its neighbours.
  public let refinements: Int
  /// What has been tried.
  public private(set) var trials: [Trial] = []

  /// Begins a search.
  ///
  /// - Parameters:
  ///   - coarse: the first grid.
  ///   - refinements: how many temperatures are tried between the best and each of its neighbours.
  /// - Throws: ``TrainingError`` when the grid is empty or a temperature is not positive.
  public init(coarse: [Double], refinements: Int) throws(TrainingError) {
    let distinct = Set(coarse).sorted()
    guard let first = distinct.first, first > 0, distinct.allSatisfy(\.isFinite) else {
      throw TrainingError(
        .temperatures, problem: "it must list positive numbers, for example 1,2,5,10")
    }
    guard (0...100).contains(refinements) else {
      throw TrainingError(.refine, problem: "\(refinements) is not from 0 to 100")
    }
    self.coarse = distinct
    self.refinements = refinements
  }

  /// What is to be tried next; nil when the search is over.
  public var next: (temperature: Double, stage: Stage)? {
    let known = Set(trials.map(\.temperature))
    if let open = coarse.first(where: { !known.contains($0) }) { return (open, .coarse) }
    return fine.first { !known.contains($0) }.map { ($0, .fine) }
  }

  /// The most robust of all eligible trials; of equals the more accurate one, then the cooler one.
  public var best: Trial? { Self.best(trials) }

  /// Adds what came of a temperature.
  ///
  /// - Parameter trial: of the temperature that was next.
  public mutating func add(_ trial: Trial) { trials.append(trial) }

  /// The second grid: evenly between the best of the first and its neighbours there.
  private var fine: [Double] {
    guard let best = Self.best(trials.filter { $0.stage == .coarse }),
      let position = coarse.firstIndex(of: best.temperature)
    else { return [] }
    var fine: [Double] = []
    for neighbour in [position - 1, position] where coarse.indices.contains(neighbour) {
      guard neighbour + 1 < coarse.count else { continue }
      let (low, high) = (coarse[neighbour], coarse[neighbour + 1])
      for number in 0..<refinements {
        let share = Double(number + 1) / Double(refinements + 1)
        // Two decimals, so that names are short.
        fine.append(((low + share * (high - low)) * 100).rounded() / 100)
      }
    }
    return fine
  }

  private static func best(_ trials: [Trial]) -> Trial? {
    trials.filter { !$0.resistance.isMasked && $0.resistance.robust > 0 }.min {
      ($1.resistance.robust, $1.resistance.clean, $0.temperature)
        < ($0.resistance.robust, $0.resistance.clean, $1.temperature)
    }
  }
}

extension TemperatureSearch {
  /// The trials as comma-separated values.
  public var csv: String {
    let rows = trials.map { trial in
      let found = trial.resistance
      let cells: [Any] = [
        trial.temperature, trial.stage.rawValue, found.images, found.clean, found.robust,
        found.broken, found.isMasked,
      ]
      return cells.map { "\($0)" }.joined(separator: ",")
    }
    let head = "temperature,stage,images,clean,robust,broken,masked"
    return ([head] + rows).joined(separator: "\n") + "\n"
  }

  /// The trials as a report.
  ///
  /// - Parameters:
  ///   - title: of the recipe.
  ///   - command: what repeats the search.
  /// - Returns: Markdown.
  public func markdown(title: String, command: String) -> String {
    let rows = trials.sorted { $0.temperature < $1.temperature }.map { trial in
      let found = trial.resistance
      let remark =
        found.isMasked ? "masks gradients" : trial.temperature == best?.temperature ? "best" : ""
      return "| \(trial.temperature) | \(trial.stage.rawValue) | \(found.share(found.clean)) | "
        + "\(found.share(found.robust)) | \(found.broken) of \(found.robust) | \(remark) |"
    }
    let result =
      best.map { "The best temperature is \($0.temperature)." }
      ?? "No temperature gave a robust network whose gradients can be trusted."
    return """
      # Temperatures of the teacher: \(title)

      \(result)\(next == nil ? "" : " The search is not over.")
      Accuracies are those of the last epoch's networks on \(trials.first?.resistance.images ?? 0) \
      images held out of training; they choose a temperature and are no measure of robustness.
      Broken: images that withstood PGD-10 but neither Auto-PGD on the difference of logits nor
      Square. Where they are more than a quarter, gradients are taken to be masked.

      | temperature | grid | held out | PGD-10 | broken | |
      |---|---|---|---|---|---|
      \(rows.joined(separator: "\n"))

      ```
      \(command)
      ```

      """
  }
}
