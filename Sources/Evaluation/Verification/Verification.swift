internal import Attacks
public import Checkpoints
public import Datasets
public import Execution
internal import Tensors

/// Checks every claim of a run anew, from its files, with another library than the one that searched.
///
/// What the files say of an image is never taken for true: classes, margins and distances are
/// computed from pixels and weights, and then compared.
public struct Verification {
  let run: RecordedRun
  let dataset: Dataset
  /// The set of images allowed within each radius, ascending.
  let sets: [(radius: Epsilon, set: any PerturbationSet)]
  let attacks: AttackList
  let pool: LanePool
  let classes: Int
  let positions: [Int: Int]
  /// The stable indices of the images that have an adversarial one.
  let fooled: Set<Int>
  private let plan: any ExecutionPlan

  /// Prepares a verification, and checks what a run says of its network, images and attacks.
  ///
  /// - Parameters:
  ///   - run: what is claimed.
  ///   - dataset: the images the run was about.
  ///   - checkpoint: the network.
  ///   - network: the same, compiled for the exact path.
  ///   - pool: lanes that compute it, for the questions of the probe.
  /// - Throws: ``EvaluationError`` when network, images or settings are not the run's, or settings
  ///   contradict each other; `BackendError` when the network cannot be computed.
  public init(
    of run: RecordedRun, on dataset: Dataset, by checkpoint: Checkpoint,
    with network: any CompiledNetwork, on pool: LanePool
  ) throws {
    self.run = run
    self.dataset = dataset
    self.pool = pool
    let settings = run.settings
    classes = network.classes
    attacks = try run.checkedAttacks(classes: classes)
    try run.checkRadii()
    try run.check(checkpoint)
    try run.check(dataset)
    try run.checkNotes(checkpoint, attacks, dataset)
    sets = settings.radii.map { ($0, settings.norm.ball(radius: Float($0.value))) }
    positions = dataset.positionsByIndex
    fooled = Set(run.entries.filter { $0.outcome == .fooled }.map(\.index))
    plan = try network.plan(batch: 1, computing: [])
  }

  /// Checks everything.
  ///
  /// - Returns: what was found.
  /// - Throws: ``EvaluationError`` at the first claim that is not true; `FileError` when a file cannot
  ///   be read; `BackendError` when the network cannot be computed.
  public func check() async throws -> VerificationFindings {
    var findings = VerificationFindings()
    findings.tolerance = sets[0].set.tolerance
    findings.trusted = trusted
    try checkIndices()
    try checkCosts()
    for entry in run.entries {
      guard let position = positions[entry.index] else { continue }
      switch entry.outcome {
      case .correct, .wrong: try checkClean(entry, at: position, &findings)
      case .survived, .rejected: try checkSurvivor(entry, at: position)
      case .fooled: continue
      }
    }
    try checkAdversarial(&findings)
    try checkBoundaries(&findings)
    try await checkProbe(&findings)
    return findings
  }

  /// The logits of the exact path.
  func logits(at image: Image) throws -> [Float] {
    var logits = [Float](repeating: 0, count: classes)
    var span = logits.mutableSpan
    try plan.forward(image.pixels.span, logits: &span)
    return logits
  }

  /// By how much a difference of two logits may differ between two libraries.
  ///
  /// Both sum the same products in float32, in another order: what that changes grows with the
  /// logits. Between the two libraries of this program it is below a tenth of this.
  static func tolerance(of logits: [Float]) -> Double {
    1e-4 * Double(logits.reduce(1) { max($0, abs($1)) })
  }

  private func checkIndices() throws(EvaluationError) {
    let indices = run.settings.indices
    for index in run.settings.allIndices ?? indices where positions[index] == nil {
      throw run.contradiction("run.json", "image \(index) is not in \(dataset.name)")
    }
    if run.settings.shard == nil && run.settings.allIndices == nil { return }
    guard let shard = run.settings.shard, let all = run.settings.allIndices,
      all.filter(shard.contains) == indices
    else {
      throw run.contradiction("run.json", "the images are not those of the shard that it names")
    }
  }
}
