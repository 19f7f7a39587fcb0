import Tensors
import Testing

@Suite("Random streams")
struct RandomStreamTests {
  private func draw(_ count: Int, _ stream: RandomStream) -> [Float] {
    var stream = stream
    return (0..<count).map { _ in stream.uniform() }
  }

  @Test("The first numbers of seed 0 are the first words of Philox, 24 bits each")
  func firstNumbersAreWords() {
    let words: [UInt32] = [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
    #expect(draw(4, RandomStream(seed: 0)) == words.map { Float($0 >> 8) / 16_777_216 })
  }

  @Test("The upper half of a seed counts")
  func upperHalfOfSeedCounts() {
    #expect(draw(8, RandomStream(seed: 1)) != draw(8, RandomStream(seed: 1 << 32 | 1)))
  }

  @Test("A fork does not depend on what was drawn from its parent", arguments: [1, 3, 4, 5, 17])
  func forkIsIndependentOfItsParentsUse(_ drawn: Int) {
    let fresh = RandomStream(seed: 7)
    var used = fresh
    for _ in 0..<drawn { _ = used.uniform() }
    #expect(draw(20, used.forked(3)) == draw(20, fresh.forked(3)))
  }

  @Test("Parent, children and grandchildren are all different")
  func forksDiffer() {
    let root = RandomStream(seed: 7)
    let streams = [
      root, root.forked(0), root.forked(1), root.forked(0).forked(0), root.forked(0).forked(1),
      root.forked(1).forked(0), root.forked(0).forked(0).forked(0),
    ]
    #expect(Set(streams.map { draw(8, $0) }).count == streams.count)
  }

  @Test(
    "A name is hashed with FNV-1a",
    arguments: [
      ("", 0x811c_9dc5), ("a", 0xe40c_292c), ("foobar", 0xbf9c_f968),
    ])
  func nameIsHashed(_ name: String, _ hash: Int) {
    let root = RandomStream(seed: 7)
    #expect(draw(8, root.forked(name)) == draw(8, root.forked(hash)))
  }

  @Test("A fourth fork is a programming error")
  func fourthForkStops() async {
    await #expect(processExitsWith: .failure) {
      _ = RandomStream(seed: 7).forked(0).forked(0).forked(0).forked(0)
    }
  }

  @Test("Uniform numbers fill their range evenly")
  func uniformNumbersAreUniform() {
    var stream = RandomStream(seed: 11)
    let numbers = (0..<100_000).map { _ in stream.uniform(in: -3..<5) }
    #expect(numbers.allSatisfy { (-3..<5).contains($0) })
    var bins = [Double](repeating: 0, count: 16)
    for number in numbers { bins[Int((number + 3) * 2)] += 1 }
    // χ² with 15 degrees of freedom stays below 44.3 in 9,999 of 10,000 cases.
    let expected = 100_000.0 / 16
    #expect(bins.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected } < 44.3)
  }

  @Test("Normal numbers have the moments of the normal distribution")
  func normalNumbersAreNormal() {
    var stream = RandomStream(seed: 12)
    let count = 100_000.0
    let numbers = (0..<Int(count)).map { _ in Double(stream.normal()) }
    func moment(_ power: Int) -> Double {
      numbers.reduce(0) { sum, x in sum + (0..<power).reduce(1) { y, _ in y * x } } / count
    }
    // Four standard errors: √(1/n), √(2/n), √(15/n), √(96/n).
    #expect(abs(moment(1)) < 4 * (1 / count).squareRoot())
    #expect(abs(moment(2) - 1) < 4 * (2 / count).squareRoot())
    #expect(abs(moment(3)) < 4 * (15 / count).squareRoot())
    #expect(abs(moment(4) - 3) < 4 * (96 / count).squareRoot())
  }

  @Test("Integers below a bound are equally frequent", arguments: [1, 2, 3, 7, 10])
  func integersAreEquallyFrequent(_ bound: Int) {
    var stream = RandomStream(seed: 13)
    var bins = [Double](repeating: 0, count: bound)
    for _ in 0..<70_000 { bins[stream.below(bound)] += 1 }
    let expected = 70_000 / Double(bound)
    // 27.9 is the 99.9 % point of χ² with 9 degrees of freedom.
    #expect(bins.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected } < 27.9)
  }

  @Test("Signs are balanced")
  func signsAreBalanced() {
    var stream = RandomStream(seed: 14)
    let signs = (0..<10_000).map { _ in stream.sign() }
    #expect(signs.allSatisfy { abs($0) == 1 })
    #expect(abs(signs.reduce(0, +)) < 400)
  }
}
