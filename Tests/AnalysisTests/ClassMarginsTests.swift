import Analysis
import Files
import Tensors
import Testing

@Suite struct `Class margins` {
  private let labels = [0, 1, 2, 0, 1, 2, 0, 1, 2]

  private func logits(_ tensor: Int) -> [[Float]] {
    labels.indices.map { i in (0..<4).map { Float(4 * GoldenNumbers.u(tensor + i, $0)) } }
  }

  /// From a program in Python in double precision; logits are rounded to float32 here.
  @Test func `Margins are those of an independent program, and none without images`() {
    let margins = ClassMargins(logits: logits(8200), labels: labels)
    let expected = [-0.327292711489, 0.0574690350756, -0.483715312823]
    for (found, expected) in zip(margins.margins, expected) {
      #expect(abs((found ?? .nan) - expected) < 1e-7)
    }
    #expect(margins.margins[3] == nil)
    #expect(margins.counts == [3, 3, 3, 0])
    #expect(abs(margins.mean - expected.reduce(0, +) / 3) < 1e-7)
  }

  /// Class 0: (¾ + ¼)/2 against (¼ + ¾)/2 by hand.
  @Test func `The mean comes before the maximum`() {
    let log3: Float = 1.0986123
    let margins = ClassMargins(logits: [[log3, 0], [0, log3], [0, log3]], labels: [0, 0, 1])
    #expect(abs((margins.margins[0] ?? .nan) - 0) < 1e-7)
    #expect(abs((margins.margins[1] ?? .nan) - 0.5) < 1e-7)
    #expect(margins.rivals == [1, 0])
  }

  /// Of two images with margins ½ and −½ the draws are −½, 0 or ½, with ¼, ½ and ¼.
  @Test func `The bootstrap draws images of a class with replacement`() {
    let log3: Float = 1.0986123
    let margins = ClassMargins(logits: [[log3, 0], [0, log3], [0, log3]], labels: [0, 0, 1])
    let draws = margins.bootstrap(draws: 4000, RandomStream(seed: 1))
    let share = { (value: Double) in
      Double(draws[0].count { abs($0 - value) < 1e-6 }) / 4000
    }
    #expect(abs(share(-0.5) - 0.25) < 0.03)
    #expect(abs(share(0) - 0.5) < 0.03)
    #expect(abs(share(0.5) - 0.25) < 0.03)
    #expect(draws[1].allSatisfy { abs($0 - 0.5) < 1e-6 })
  }

  private struct GoldenMargins: Decodable {
    struct Net: Decodable {
      var fc_bias: [Float]
      var margin: [Double]
    }
    var nets: [String: Net]
    var difference: [Double]
  }

  /// Computed by PyTorch in double precision: networks of random weights on forty random images.
  @Test func `Margins of two networks are those that PyTorch computes`() throws {
    let golden = try Golden.part("margins", as: GoldenMargins.self)
    let images = (0..<40).map(Golden.image)
    let logits = try [("wrn-16-1", "wrn_16_1"), ("resnet8", "resnet8")].map { own, name in
      let net = try #require(golden.nets[name])
      return try Golden.logits(
        of: Golden.network(own, scale: 4, bias: net.fc_bias), at: images)
    }
    let analysis = MarginAnalysis(
      logits: logits, labels: (0..<40).map { $0 % 10 }, names: (0..<10).map { "\($0)" }, seed: 0)
    for (label, row) in analysis.classes.enumerated() {
      for (margin, name) in zip(row.margins, ["wrn_16_1", "resnet8"]) {
        #expect(abs(margin.value - (golden.nets[name]?.margin[label] ?? .nan)) < 1e-6)
      }
      #expect(abs((row.difference?.value ?? .nan) - golden.difference[label]) < 1e-6)
    }
  }

  @Test func `A network compared with itself has a difference of exactly 0`() {
    let analysis = MarginAnalysis(
      logits: [logits(8200), logits(8200)], labels: labels, names: ["a", "b", "c", "d"], seed: 3)
    let zero = BootstrapInterval([0, 0])
    for row in analysis.classes.dropLast() {
      #expect(row.difference?.value == 0)
      #expect(row.difference?.interval == zero)
    }
    #expect(analysis.classes[3].margins.isEmpty)
    #expect(analysis.classes[3].difference == nil)
    #expect(analysis.meanDifference?.value == 0)
  }

  @Test func `Sorted classes begin with the largest difference`() {
    let analysis = MarginAnalysis(
      logits: [logits(8200), logits(8300)], labels: labels, names: ["a", "b", "c", "d"], seed: 3)
    let values = analysis.sorted.compactMap { $0.difference?.value }
    #expect(values.count == 3)
    #expect(values == values.sorted(by: >))
  }

  /// Quantiles of 0…40: 2.5 % of 40 is 1.
  @Test func `An interval leaves out one draw in forty at each end`() {
    let interval = BootstrapInterval((0...40).map(Double.init).reversed())
    #expect(interval?.low == 1)
    #expect(interval?.high == 39)
    #expect(BootstrapInterval([]) == nil)
  }
}

@Suite struct `Pages of class margins` {
  private func pages(_ name: String, file: String) throws -> AnalysisFolder {
    let analysis = MarginAnalysis(
      logits: [[[1, 0], [0, 1]]], labels: [0, 1], names: [name, "b"], seed: 0)
    let source = AnalysisSource(
      analysis: "margin", version: "0", command: "robeval analyze", backend: "none",
      networks: [.init(file: file, architecture: "graph", sha256: "0123456789")],
      dataset: "toy", datasetSHA256: "0", images: 2, state: "clean")
    return try MarginPages(analysis, of: source).folder()
  }

  @Test func `What comes from outside is text and nothing else`() throws {
    let folder = try pages("<script>|a,\"b\"\n", file: "it's\n`date`.h5")
    #expect(folder.files["analysis.md"]?.contains("<script>") == false)
    #expect(folder.files["analysis.md"]?.contains("\\<script\\>\\|a,\"b\"?") == true)
    #expect(folder.files["margin.csv"]?.contains("0,\"<script>|a,\"\"b\"\"\n\",1") == true)
    #expect(
      folder.files["margin.gp"]?.contains(
        "set title 'it''s?`date`.h5 (01234567)'.\"\\n\".'toy, 2 images, clean'") == true)
  }

  @Test func `Every picture has its data and its script`() throws {
    let folder = try pages("a", file: "a.h5")
    #expect(
      folder.files.keys.sorted() == [
        "analysis.json", "analysis.md", "margin-sorted.csv", "margin-sorted.gp", "margin.csv",
        "margin.gp",
      ])
  }
}
