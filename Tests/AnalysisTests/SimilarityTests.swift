@testable import Analysis
import Attacks
import Execution
import Graphs
import OneDNNBackend
import Tensors
import Testing

@Suite struct `Similarity of boundaries` {
  private func crossing(_ pixels: [Float], target: Int = 1, predicted: Int = 1) throws
    -> BoundaryCrossing
  {
    let image = Image(shape: FeatureShape(channels: pixels.count), pixels: pixels)
    return BoundaryCrossing(target: target, displacement: image, steps: 1, predicted: predicted)
  }

  private func pair(
    _ teacher: [Float], _ student: [Float], index: Int = 0, predicted: (Int, Int) = (1, 1)
  ) throws -> BoundaryPair {
    BoundaryPair(
      try crossing(teacher, predicted: predicted.0), try crossing(student, predicted: predicted.1),
      index: index, base: 0)
  }

  private func student(_ pairs: [BoundaryPair]) -> SimilarityAnalysis.Student {
    SimilarityAnalysis([pairs], attack: [:], targets: 1, seed: 0).students[0]
  }

  /// By hand: ratios 5/5 and 1/3, cosines 20/25 and 2/3.
  @Test func `Means are over pairs`() throws {
    let found = student([
      try pair([3, 4, 0], [0, 5, 0]), try pair([1, 0, 0], [2, 2, 1], index: 1),
    ])
    #expect(abs((found.magnitude?.value ?? .nan) - 0.6666667) < 1e-7)
    #expect(abs((found.angle?.value ?? .nan) - 0.7333333) < 1e-7)
    #expect((found.images, found.pairs, found.used) == (2, 2, 2))
  }

  @Test func `Pairs that did not cross and displacements of zero are left out and counted`() throws
  {
    let found = student([
      try pair([0, 0], [1, 0]), try pair([2, 0], [-1, 0]),
      try pair([1, 0], [1, 0], predicted: (0, 1)),
    ])
    #expect(found.magnitude?.value == 0.5)
    #expect(found.angle?.value == -1)
    #expect((found.pairs, found.used, found.unchanged, found.zero) == (3, 1, 1, 1))
    #expect(student([try pair([0, 0], [1, 0])]).magnitude == nil)
  }

  private struct GoldenCase: Decodable {
    var images: [Int]
    var teacher_fc_bias, student_fc_bias: [Float]
    var n_used: Int
    var MagSim_used, AngSim_used: Double
    var pairs: [[Golden.Value]]
  }

  /// Computed by PyTorch in double precision.
  ///
  /// The crossing leaves margins of 1e-5, so that float32 may
  /// see another class at the end of a few pairs.
  @Test(arguments: ["published", "box"])
  func `Pairs are those that PyTorch computes`(name: String) async throws {
    let golden = try #require(
      try Golden.part("similarity", as: [String: GoldenCase].self)[name])
    let space = InputSpace.Name.bss.space
    let normalization = Normalization(mean: space.mean, deviation: space.deviation)
    let networks = [
      try Golden.network(
        "resnet20", scale: 2.6, bias: golden.teacher_fc_bias, normalization: normalization),
      try Golden.network(
        "resnet8", scale: 8, bias: golden.student_fc_bias, normalization: normalization),
    ]
    let attack = BoundarySupportingSample(
      space: InputSpace(
        mean: space.mean, deviation: space.deviation,
        bounds: name == "published" ? -2.5...2.5 : nil))
    let bases = Dictionary(
      golden.pairs.map { (Int($0[0].number), Int($0[1].number)) }, uniquingKeysWith: { $1 })
    var crossings: [[[BoundaryCrossing]]] = []
    for network in networks {
      crossings.append(
        try await Golden.asking(network, about: golden.images) { number, oracle in
          let base = bases[number] ?? 0
          return try await BoundaryCrossing.all(
            from: Golden.image(number), base: base, toward: (0..<10).filter { $0 != base },
            by: attack, asking: oracle)
        })
    }
    let pairs = golden.images.indices.flatMap { place in
      zip(crossings[0][place], crossings[1][place]).map {
        BoundaryPair($0, $1, index: golden.images[place], base: bases[golden.images[place]] ?? 0)
      }
    }
    #expect(pairs.count == golden.pairs.count)
    var flips = 0
    var largest = 0.0
    for (pair, expected) in zip(pairs, golden.pairs) {
      #expect(pair.target == Int(expected[2].number))
      if pair.isUsed != (expected[9].number == 1) || pair.teacher.steps != Int(expected[3].number)
        || pair.student.steps != Int(expected[5].number)
      {
        flips += 1
        continue
      }
      largest = max(
        largest, abs(pair.magnitude - expected[7].number), abs(pair.angle - expected[8].number))
    }
    #expect(largest < 1e-3)
    #expect(flips == 0)
    let found = student(pairs)
    #expect(found.used == golden.n_used)
    #expect(abs((found.magnitude?.value ?? .nan) - golden.MagSim_used) < 1e-4)
    #expect(abs((found.angle?.value ?? .nan) - golden.AngSim_used) < 1e-4)
  }

  private struct Small: Decodable {
    var mag, ang: [Double]
    var MagSim, AngSim: Double
  }

  @Test func `Ratios and cosines of plain vectors are those of NumPy`() throws {
    let golden = try Golden.part("similarity_small", as: Small.self)
    let pairs = try (0..<3).map { row in
      let teacher = (0..<6).map { Float(GoldenNumbers.u(8300 + row, $0)) }
      let student = (0..<6).map {
        Float(GoldenNumbers.u(8300 + row, $0) + 0.4 * GoldenNumbers.u(8310 + row, $0))
      }
      return try pair(teacher, student, index: row)
    }
    for (pair, (mag, ang)) in zip(pairs, zip(golden.mag, golden.ang)) {
      #expect(abs(pair.magnitude - mag) < 1e-6)
      #expect(abs(pair.angle - ang) < 1e-6)
    }
    #expect(abs((student(pairs).magnitude?.value ?? .nan) - golden.MagSim) < 1e-6)
    #expect(abs((student(pairs).angle?.value ?? .nan) - golden.AngSim) < 1e-6)
  }

  @Test func `Of many classes the teacher's likeliest wrong ones are taken`() {
    let logits: [Float] = [5, 1, 9, 2, 9]
    #expect(BoundaryCrossing.targets(logits, base: 2, likeliest: 2) == [4, 0])
    #expect(BoundaryCrossing.targets(logits, base: 0, likeliest: nil) == [1, 2, 3, 4])
    #expect(BoundaryCrossing.targets(logits, base: 0, likeliest: 4) == [1, 2, 3, 4])
  }
}
