/// How far a run's robust accuracy can be trusted, and why.
public struct Verdict: Hashable, Sendable, Codable {
  /// In words, from best to worst.
  public enum Status: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// No check found anything.
    case reliable
    /// Something suggests that stronger attacks would find more.
    case suspicious
    /// The figure says nothing: the network was not evaluated as it is meant to be used.
    case invalid

    /// Whether a status is better than another.
    public static func < (left: Status, right: Status) -> Bool {
      (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
  }

  /// What one check found.
  public struct Evidence: Hashable, Sendable, Codable {
    /// The check's name.
    public var check: String
    /// What this check alone says.
    public var status: Status
    /// What was found, as a sentence.
    public var finding: String
    /// What was measured.
    public var value: Double
    /// The value from which the check would find fault.
    public var threshold: Double

    /// Creates a piece of evidence.
    ///
    /// - Parameters:
    ///   - check: the check's name.
    ///   - status: what this check alone says.
    ///   - finding: as a sentence.
    ///   - value: what was measured.
    ///   - threshold: from which the check would find fault.
    public init(check: String, status: Status, finding: String, value: Double, threshold: Double) {
      self.check = check
      self.status = status
      self.finding = finding
      self.value = value
      self.threshold = threshold
    }
  }

  /// The worst of all checks.
  public var status: Status
  /// Every check that was made, those that found fault first.
  public var evidence: [Evidence]

  /// Weighs evidence.
  ///
  /// - Parameter evidence: in any order.
  public init(_ evidence: [Evidence]) {
    status = evidence.map(\.status).max() ?? .reliable
    self.evidence = Status.allCases.reversed().flatMap { status in
      evidence.filter { $0.status == status }
    }
  }
}
