public import Attacks
public import Execution
import Tensors

/// What an attack owes its caller on lanes: the same bits for as many questions in whatever company
/// an image is attacked.
///
/// - Parameters:
///   - attack: the attack to be checked.
///   - set: the images allowed.
///   - examples: clean images with labels and different indices.
///   - fast: the network, as attacks ask it.
///   - exact: the network, as the harness asks it.
///   - prepareThread: called first on each lane's thread.
/// - Returns: one sentence for every promise that is broken.
/// - Throws: what the network throws.
public func checkAttackOnLanes(
  _ attack: any Attack, within set: any PerturbationSet, on examples: [Example],
  fast: any CompiledNetwork, exact: any CompiledNetwork,
  prepareThread: @escaping @Sendable () -> Void
) async throws -> [String] {
  struct Outcome: Equatable {
    var candidate: Candidate
    var forwards: Int
    var backwards: Int
  }
  func found(_ examples: [Example], lanes: Int, width: Int) async throws -> [Int: Outcome] {
    let pool = LanePool(
      lanes: lanes, width: width, fast: fast, exact: exact, prepareThread: prepareThread)
    defer { pool.stop() }
    let outcomes = try await pool.map(examples) { example, oracle in
      let candidate = try await attack.attack(
        example, within: set, asking: oracle,
        random: RandomStream(seed: 7).forked(example.index).forked(attack.name))
      let count = oracle.count
      return Outcome(
        candidate: candidate, forwards: count.forwards, backwards: count.backwards)
    }
    return Dictionary(uniqueKeysWithValues: zip(examples.map(\.index), outcomes))
  }

  let alone = try await found(examples, lanes: 1, width: 1)
  var broken: [String] = []
  func compare(_ others: [Int: Outcome], _ circumstance: String) {
    let changed = others.keys.sorted().filter { others[$0] != alone[$0] }
    if !changed.isEmpty {
      broken.append("\(attack.name): images \(changed) are others \(circumstance)")
    }
  }
  // The widest have seats to spare, which attacks use to do several things at once.
  for (lanes, width) in [(1, 3), (1, examples.count), (2, 2), (2, 16)] {
    compare(
      try await found(examples, lanes: lanes, width: width), "on \(lanes) lanes of \(width)")
  }
  compare(try await found(examples.reversed(), lanes: 1, width: 3), "in the opposite order")
  for example in examples {
    compare(try await found([example], lanes: 2, width: 8), "alone with seats to spare")
  }
  for shard in 0..<2 {
    let own = examples.filter { $0.index % 2 == shard }
    compare(try await found(own, lanes: 1, width: 3), "in shard \(shard)/2")
  }
  return broken
}
