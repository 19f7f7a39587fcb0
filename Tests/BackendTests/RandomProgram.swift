import OneDNNBackend
import Tensors

/// Steps over numbered buffers, drawn by lot: what they say they do, and what they do.
///
/// A step's kernel computes words from words, one index after another, so that whatever is
/// overwritten too early, moved or lost shows in all that follows.
struct RandomProgram {
  /// How a kernel reads.
  enum Reading: Equatable {
    /// The word it is about to write a result for; the result may take its place.
    case sameIndex
    /// Any words at any time.
    case anyIndex
    /// What lies where the result will be, which is added to.
    case foundInPlace
  }

  struct Step {
    var readings: [(buffer: Int, how: Reading)] = []
    /// The first is the result, others are masks and scratch.
    var targets: [Int] = []
    /// Whether the result's buffer already holds a value, of which every other word changes.
    var changes = false
  }

  var steps: [Step] = []
  /// The words of each buffer.
  var sizes: [Int] = []
  /// The first step of those that run again and again, if there are any.
  var repeatedFrom: Int?

  init(_ random: RandomStream) {
    var random = random
    let forward = random.below(16) + 4
    for _ in 0..<forward { grow(&random, from: 0) }
    if random.below(3) > 0 {
      repeatedFrom = forward
      for _ in 0..<random.below(16) + 1 { grow(&random, from: forward) }
    }
    // Where a sum cannot overwrite what is still needed, the program would not be recorded.
    while case let conflicts = lifetimes.conflicts, !conflicts.isEmpty {
      for conflict in conflicts { separate(conflict) }
    }
  }

  /// What the steps say of themselves.
  var accesses: [Accesses] {
    steps.map { step in
      var accesses = Accesses()
      for (buffer, how) in step.readings {
        accesses.reads.append(buffer)
        let overwriting = Accesses.Overwriting(of: buffer, by: step.targets[0])
        switch how {
        case .sameIndex: accesses.possible.append(overwriting)
        case .anyIndex: break
        case .foundInPlace: accesses.required.append(overwriting)
        }
      }
      if step.changes { accesses.reads.append(step.targets[0]) }
      accesses.writes = step.targets
      return accesses
    }
  }

  var lifetimes: Lifetimes {
    Lifetimes(of: accesses, buffers: sizes.count, repeatedFrom: repeatedFrom)
  }

  private mutating func buffer(words: Int) -> Int {
    sizes.append(words)
    return sizes.count - 1
  }

  /// Appends a step; what it changes was written by the steps from a first one on.
  private mutating func grow(_ random: inout RandomStream, from first: Int) {
    let written = steps.map(\.targets[0])
    let own = steps[first...].map(\.targets[0])
    var step = Step()
    if !written.isEmpty {
      for _ in 0..<random.below(4) {
        // Mostly what was written last.
        let age = min(random.below(written.count), random.below(written.count))
        step.readings.append(
          (written[written.count - 1 - age], random.below(2) == 0 ? .sameIndex : .anyIndex))
      }
    }
    let words = step.readings.first.map { sizes[$0.buffer] } ?? random.below(4) * 16 + 1
    for (index, reading) in step.readings.enumerated() where sizes[reading.buffer] != words {
      step.readings[index].how = .anyIndex
    }
    if let last = own.last, random.below(6) == 0 {
      step.changes = true
      step.targets = [last]
      step.readings = step.readings.filter { $0.buffer != last }.map { ($0.buffer, .anyIndex) }
    } else {
      step.targets = [buffer(words: words)]
      if !step.readings.isEmpty, random.below(4) == 0 { step.readings[0].how = .foundInPlace }
    }
    if random.below(3) == 0 { step.targets.append(buffer(words: random.below(20) + 1)) }
    steps.append(step)
  }

  private mutating func separate(_ conflict: Accesses.Overwriting) {
    for position in steps.indices where steps[position].targets[0] == conflict.target {
      for index in steps[position].readings.indices
      where steps[position].readings[index].how == .foundInPlace {
        steps[position].readings[index].how = .anyIndex
      }
    }
  }
}
