import Execution
import Foundation
import Graphs
import OneDNNBackend
import Tensors
import TestSupport
import Testing

@testable import TorchBackend

/// PyTorch on this machine's processor; nil where it is not installed.
enum InstalledTorch {
  static let backend: TorchBackend? = try? TorchBackend(device: .cpu)
  static let isThere = backend != nil
}

@Suite(
  "PyTorch's library against double precision", .serialized,
  .enabled(
    if: InstalledTorch.isThere,
    "PyTorch was not found; `make test-torch` installs it and runs these tests"))
struct TorchTests {
  @Test(
    "Each operation is computed", arguments: OperationCase.all, [Numerics.fast, .exact])
  func computesEachOperation(_ operation: OperationCase, numerics: Numerics) throws {
    // Lanes compute on one thread each; sums are divided otherwise among several.
    OneDNNBackend.limitThreads()
    let problems = try checkBackend(
      try #require(InstalledTorch.backend), on: operation, numerics: numerics, tolerance: 5e-6)
    #expect(problems.isEmpty)
  }

  @Test(
    "Each operation is trained", arguments: OperationCase.all, NormalizationStatistics.allCases)
  func trainsEachOperation(
    _ operation: OperationCase, statistics: NormalizationStatistics
  ) throws {
    let problems = try checkTraining(
      try #require(InstalledTorch.backend), on: operation, statistics: statistics,
      tolerance: 1e-5)
    #expect(problems.isEmpty)
  }

  @Test("The published networks agree", arguments: GoldenCase.fast)
  func networksAgree(_ golden: GoldenCase) throws {
    let discrepancies = try checkGolden(
      golden.network, try model(of: golden), positions: golden.positions,
      on: try #require(InstalledTorch.backend), numerics: .fast)
    #expect(
      discrepancies.filter { $0.ratio > golden.limit(of: $0) }.isEmpty, "\(golden.name)")
  }

  @Test("The published training steps agree", arguments: GoldenTrainingTests.trained)
  func trainingStepsAgree(_ golden: GoldenCase) throws {
    let discrepancies = try checkGoldenTraining(
      golden.network, try model(of: golden), positions: golden.trainingPositions,
      on: try #require(InstalledTorch.backend))
    #expect(discrepancies.filter { $0.ratio > 1 }.isEmpty, "\(golden.name)")
  }

  /// In a process of its own, in which nothing else takes memory.
  @Test("Ten thousand batches take no more memory than a hundred")
  func keepsNoMemory() async {
    await #expect(processExitsWith: .success) {
      let golden = try #require(GoldenCase.fast.first)
      let architecture = try #require(golden.architecture)
      let network = try #require(InstalledTorch.backend).compile(
        Model(graph: architecture.graph, parameters: golden.network.formulaParameters()),
        for: .fast)
      OneDNNBackend.limitThreads()
      let plan = try network.plan(batch: 2, computing: .input)
      let pixels = [Float](repeating: 0.5, count: 2 * network.input.count)
      let cotangent = [Float](repeating: 1, count: 2 * network.classes)
      var logits = cotangent
      var gradient = pixels
      func run(_ batches: Int) throws -> Int {
        for _ in 0..<batches {
          var rows = logits.mutableSpan
          try plan.forward(pixels.span, logits: &rows)
          var values = gradient.mutableSpan
          try plan.backward(cotangent.span, gradients: &values)
        }
        return try ResidentMemory.pages()
      }
      let early = try run(100)
      let late = try run(9900)
      precondition(Double(late) <= 1.01 * Double(early), "\(early) pages became \(late)")
    }
  }

  private func model(of golden: GoldenCase) throws -> Model {
    let architecture = try #require(golden.architecture)
    return Model(graph: architecture.graph, parameters: golden.network.formulaParameters())
  }
}

@Suite struct TorchPrecisionTests {
  @Test("Only float32, and the processor, give an image the same bits in every batch")
  func precisionsThatChangeBitsSaySo() {
    for precision in TorchPrecision.allCases {
      #expect(precision.note(isAccelerator: false) == nil)
      #expect((precision.note(isAccelerator: true) == nil) == (precision == .float32))
    }
  }
}

@Suite struct TorchDevicesTests {
  @Test(arguments: [
    ("cpu", ["cpu"]), ("cuda", ["cuda:0"]), ("cuda:1,cuda:0", ["cuda:1", "cuda:0"]),
  ])
  func devicesAreRead(text: String, devices: [String]) throws {
    let read = try #require(TorchDevices(text))
    #expect(read.all.map(\.description) == devices)
    #expect(read.description == devices.joined(separator: ","))
  }

  @Test(arguments: ["", "cuda:0,", "cuda,cuda:0", "cpu,cuda", "cuda:0 cuda:1", "cuda:-1", "tpu"])
  func otherTextsAreNoDevices(text: String) { #expect(TorchDevices(text) == nil) }
}

/// How much memory this process holds.
private enum ResidentMemory {
  /// The second number of `/proc/self/statm`.
  static func pages() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    return try #require(Int(text.split(separator: " ")[1]))
  }
}
