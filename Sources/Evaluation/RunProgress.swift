internal import Files
internal import Foundation

/// How far a run is, and when it will be done.
public struct RunProgress: Sendable {
  private let images: Int
  private let costs: [String: Double]
  private let order: [String]
  private var entered: [String: Int] = [:]
  private var fooled: [String: Int] = [:]
  private var correct = 0
  private var doneCost = 0.0
  /// Work that this process has done; what it found already done says nothing about its speed.
  private var ownCost = 0.0
  private let start = ContinuousClock.now

  /// Creates the meter of a run.
  ///
  /// - Parameters:
  ///   - settings: of the run.
  ///   - forecast: what each attack costs.
  ///   - entries: what is settled already.
  public init(_ settings: RunSettings, forecast: Forecast, entries: [LedgerEntry]) {
    images = settings.indices.count
    order = settings.steps
    let ofRadius = settings.attacks.map { forecast.seconds(for: $0.name) }
    costs = Dictionary(
      uniqueKeysWithValues: zip(order, settings.radii.flatMap { _ in ofRadius }))
    for entry in entries { count(entry) }
  }

  /// Counts an entry that was just settled.
  ///
  /// - Parameter entry: what happened.
  public mutating func add(_ entry: LedgerEntry) {
    let before = doneCost
    count(entry)
    ownCost += doneCost - before
  }

  private mutating func count(_ entry: LedgerEntry) {
    entered[entry.step, default: 0] += 1
    if entry.outcome == .correct { correct += 1 }
    if entry.outcome == .fooled { fooled[entry.step, default: 0] += 1 }
    doneCost += costs[entry.step] ?? 0
  }

  /// An upper bound of the robust accuracy, from what is known: images not yet settled count as
  /// robust.
  public var bound: Proportion {
    let wrong = (entered[LedgerEntry.clean] ?? 0) - correct
    return Proportion(images - wrong - fooled.values.reduce(0, +), of: images)
  }

  /// Seconds until the end, at the speed and the yield so far; nil before anything is known.
  public var secondsLeft: Double? {
    if ownCost <= 0 { return nil }
    let seen = entered[LedgerEntry.clean] ?? 0
    var standing = Double(images) * (seen == 0 ? 1 : Double(correct) / Double(seen))
    var left = 0.0
    for name in order {
      let (given, broken) = (Double(entered[name] ?? 0), Double(fooled[name] ?? 0))
      left += max(0, standing - given) * (costs[name] ?? 0)
      standing -= given == 0 ? 0 : standing * broken / given
    }
    return left * ((ContinuousClock.now - start) / .seconds(1)) / ownCost
  }

  /// The attack that most images are at.
  public var stage: String {
    order.last { entered[$0] != nil } ?? LedgerEntry.clean
  }

  /// One line for a terminal.
  public var line: String {
    let done = entered[stage] ?? 0
    let left = secondsLeft.map { ", \(Self.duration($0)) left" } ?? ""
    if order.isEmpty { return "\(stage): \(done) of \(images)\(left)" }
    return "\(stage): \(counted(done, "image")), robust at most \(bound.percent)\(left)"
  }

  /// One JSON object for a program.
  public var json: String {
    let left = secondsLeft.map { String(format: "%.1f", $0) } ?? "null"
    return "{\"stage\":\"\(stage)\",\"images\":\(entered[stage] ?? 0),\"n\":\(images),"
      + "\"robust_at_most\":\(order.isEmpty ? "null" : "\(bound.value)"),\"seconds_left\":\(left)}"
  }

  /// A time span in words, for example `3 min 20 s`.
  ///
  /// - Parameter seconds: not negative.
  /// - Returns: the two largest units.
  public static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
