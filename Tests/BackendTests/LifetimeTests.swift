import OneDNNBackend
import Tensors
import Testing

@Suite("Lifetimes derived from what steps do")
struct LifetimeTests {
  @Test("A thousand programs compute in shared, poisoned memory what they compute apart")
  func programsComputeTheSame() {
    var overwritten = 0
    var shared = 0
    var apart = 0
    for number in 0..<1000 {
      let program = RandomProgram(RandomStream(seed: 12).forked(number))
      let lifetimes = program.lifetimes
      let problems = program.problems(lifetimes)
      #expect(problems.isEmpty, "program \(number)")
      overwritten += lifetimes.places.enumerated().count { $0.offset != $0.element }
      shared += ArenaPlan(bytes: program.sizes.map { 4 * $0 }, lifetimes).byteCount
      let separate = Lifetimes(separating: program.accesses, buffers: program.sizes.count)
      #expect(program.problems(separate).isEmpty, "program \(number)")
      apart += ArenaPlan(bytes: program.sizes.map { 4 * $0 }, separate).byteCount
    }
    #expect(overwritten > 2000)
    #expect(shared * 2 < apart)
  }

  private func step(
    reads: [Int] = [], writes: [Int], required: [(Int, Int)] = [], possible: [(Int, Int)] = []
  ) -> Accesses {
    var step = Accesses()
    step.reads = reads
    step.writes = writes
    step.required = required.map { .init(of: $0.0, by: $0.1) }
    step.possible = possible.map { .init(of: $0.0, by: $0.1) }
    return step
  }

  @Test("A value that is read for the last time gives its place to the result")
  func lastReadingGivesItsPlace() {
    let steps = [
      step(writes: [0]), step(reads: [0], writes: [1], possible: [(0, 1)]),
      step(reads: [1], writes: [2], possible: [(1, 2)]), step(reads: [2], writes: []),
    ]
    let lifetimes = Lifetimes(of: steps, buffers: 3)
    #expect(lifetimes.places == [0, 0, 0])
    #expect(lifetimes.lives == [0...1, 1...2, 2...3])
    #expect(Lifetimes(separating: steps, buffers: 3).places == [0, 1, 2])
  }

  @Test("A value that is read again keeps its place")
  func laterReadingKeepsThePlace() {
    let lifetimes = Lifetimes(
      of: [
        step(writes: [0]), step(reads: [0], writes: [1], possible: [(0, 1)]),
        step(reads: [0, 1], writes: [2], possible: [(0, 2), (1, 2)]),
      ], buffers: 3)
    #expect(lifetimes.places == [0, 1, 0])
  }

  @Test("A value that the same step reads otherwise keeps its place")
  func otherReadingKeepsThePlace() {
    let lifetimes = Lifetimes(
      of: [step(writes: [0]), step(reads: [0, 0], writes: [1], possible: [(0, 1)])], buffers: 2)
    #expect(lifetimes.places == [0, 1])
  }

  @Test("What is added in place to a value that is needed later is a conflict")
  func neededSummandIsAConflict() {
    let steps = [
      step(writes: [0]), step(reads: [0], writes: [1], required: [(0, 1)]),
      step(reads: [0, 1], writes: []),
    ]
    #expect(Lifetimes(of: steps, buffers: 2).conflicts == [.init(of: 0, by: 1)])
    #expect(Lifetimes(of: Array(steps.dropLast()), buffers: 2).conflicts.isEmpty)
  }

  @Test("A summand that the step reads once more, as it goes, is overwritten all the same")
  func summandMayBeReadTwice() {
    let steps = [
      step(writes: [0]), step(reads: [0, 0], writes: [1], required: [(0, 1)], possible: [(0, 1)]),
    ]
    #expect(Lifetimes(of: steps, buffers: 2).places == [0, 0])
    #expect(Lifetimes(separating: steps, buffers: 2).places == [0, 0])
  }

  @Test("What repeated steps find lives to the end, what they make does not")
  func repeatedStepsFindTheSame() {
    let lifetimes = Lifetimes(
      of: [
        step(writes: [0]), step(reads: [0], writes: [1], possible: [(0, 1)]),
        step(reads: [1], writes: [2], possible: [(1, 2)]),
        step(reads: [2], writes: [3], possible: [(2, 3)]), step(writes: [4]),
      ], buffers: 5, repeatedFrom: 2)
    #expect(lifetimes.lives == [0...1, 1...5, 2...3, 3...3, 4...4])
    #expect(lifetimes.places == [0, 0, 2, 2, 4])
  }
}
