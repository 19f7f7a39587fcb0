import OneDNNBackend

/// The words of a program's buffers: each in its own array, or all in one block.
protocol ProgramMemory {
  subscript(_ buffer: Int, _ index: Int) -> UInt32 { get set }
}

/// Buffers that share nothing.
struct SeparateMemory: ProgramMemory {
  var words: [[UInt32]]

  subscript(buffer: Int, index: Int) -> UInt32 {
    get { words[buffer][index] }
    set { words[buffer][index] = newValue }
  }
}

/// Buffers in the places of a plan.
struct PlacedMemory: ProgramMemory {
  let plan: ArenaPlan
  private(set) var block: [UInt32]
  private let starts: [Int]

  init(_ plan: ArenaPlan, buffers: Int) {
    self.plan = plan
    block = [UInt32](repeating: .max, count: plan.byteCount / 4)
    starts = (0..<buffers).map { (plan.offset(of: $0) ?? 0) / 4 }
  }

  subscript(buffer: Int, index: Int) -> UInt32 {
    get { block[starts[buffer] + index] }
    set { block[starts[buffer] + index] = newValue }
  }

  /// Overwrites whatever no step from a position on needs.
  mutating func poison(before step: Int) {
    for range in plan.dead(before: step) {
      for word in range.lowerBound / 4..<range.upperBound / 4 { block[word] = .max }
    }
  }
}

extension RandomProgram {
  /// Runs all steps, in a placed block and apart, and compares whatever a step is about to read.
  ///
  /// - Parameter lifetimes: by which the block is planned.
  /// - Returns: what is wrong, one sentence each.
  func problems(_ lifetimes: Lifetimes) -> [String] {
    let plan = ArenaPlan(bytes: sizes.map { 4 * $0 }, lifetimes)
    var placed = PlacedMemory(plan, buffers: sizes.count)
    var apart = SeparateMemory(words: sizes.map { [UInt32](repeating: 0, count: $0) })
    var problems: [String] = []
    let again = repeatedFrom.map { Array($0..<steps.count) } ?? []
    for position in Array(steps.indices) + again + again {
      let step = steps[position]
      placed.poison(before: position)
      let changed = step.changes ? [step.targets[0]] : []
      for buffer in step.readings.map(\.buffer) + changed
      where !(0..<sizes[buffer]).allSatisfy({ placed[buffer, $0] == apart[buffer, $0] }) {
        problems.append("step \(position) finds something else in buffer \(buffer)")
      }
      // Apart, what a sum is added to has to be brought to its place.
      if let (found, _) = step.readings.first(where: { $0.how == .foundInPlace }) {
        apart.words[step.targets[0]] = apart.words[found]
      }
      run(step, position, in: &placed)
      run(step, position, in: &apart)
    }
    return problems
  }

  private func run(_ step: Step, _ position: Int, in memory: inout some ProgramMemory) {
    for target in step.targets.dropFirst() {
      for index in 0..<sizes[target] { memory[target, index] = UInt32(position) }
    }
    let result = step.targets[0]
    for index in 0..<sizes[result] where !step.changes || index % 2 == 0 {
      var word = UInt32(position &* 1000 &+ index)
      if step.changes { word ^= memory[result, index] }
      for (buffer, how) in step.readings {
        let count = sizes[buffer]
        let place = how == .anyIndex ? count - 1 - index % count : index
        word = (word ^ memory[how == .foundInPlace ? result : buffer, place]) &* 0x9E37_79B1
        word ^= word >> 15
      }
      memory[result, index] = word
    }
  }
}
