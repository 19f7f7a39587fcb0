import ArgumentParser
import CommandLineSupport
import Execution
import Foundation
import Graphs
import OneDNNBackend
import Tensors
import TorchBackend

/// Measures a device for `benchmarks/device`: speed, agreement with oneDNN, and equal bits.
struct DeviceBenchmarkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device-benchmark", abstract: "Measures one network on one device.",
    shouldDisplay: false)

  @Option(help: "The network.") var arch: String
  @OptionGroup var torch: TorchOptions
  @Option(help: "Images at once.") var batch = 128
  @Option(help: "Passes that are timed.") var passes = 10
  @Option(help: "Threads that compute side by side.") var lanes = 1

  func run() async throws {
    guard let architecture = Architecture.named(arch) else {
      throw ValidationError("\(arch) is not known")
    }
    let model = Self.model(of: architecture)
    let backend = try TorchBackend(
      device: torch.devices.all[0], precision: torch.precision, fixedBatch: batch)
    let network = try backend.compile(model, for: .fast)
    OneDNNBackend.limitThreads()
    let plan = try network.plan(batch: batch, computing: .input)
    var random = RandomStream(seed: 1).forked("images")
    let count = architecture.graph.input.count
    let pixels = (0..<batch * count).map { _ in random.uniform() }
    let whole = try Self.answer(plan, pixels, classes: network.classes)
    let again = try Self.answer(plan, pixels, classes: network.classes)
    // The same images in the opposite order.
    let turned = (0..<batch).reversed().flatMap { pixels[$0 * count..<($0 + 1) * count] }
    let other = try Self.answer(plan, turned, classes: network.classes)
    let moved = (0..<batch).count {
      Self.row(whole.gradient, $0, count) != Self.row(other.gradient, batch - 1 - $0, count)
    }
    let witnesses = min(batch, 4)
    let witness = try Self.answer(
      OneDNNBackend().compile(model, for: .exact).plan(batch: witnesses, computing: .input),
      Array(pixels.prefix(witnesses * count)), classes: network.classes)
    let forward = try await time(network, pixels, gradients: false)
    let gradient = try await time(network, pixels, gradients: true)
    let line =
      "\(backend.description) \(arch) batch \(batch) lanes \(lanes): "
      + "forward \(Self.rounded(forward)) images/s, gradient \(Self.rounded(gradient)) images/s; "
      + "repeated bits \(whole == again ? "equal" : "DIFFER"), "
      + "\(moved) of \(batch) images have other bits elsewhere in the batch; off oneDNN by "
      + "\(Self.distance(whole.logits, witness.logits)) in logits, "
      + "\(Self.distance(whole.gradient, witness.gradient)) in gradients, of the largest value"
    try StandardOutput.writeLine(line)
  }

  private struct Answer: Equatable {
    var logits: [Float]
    var gradient: [Float]
  }

  /// Images a second on all lanes.
  private func time(
    _ network: any CompiledNetwork, _ pixels: [Float], gradients: Bool
  ) async throws -> Double {
    let (batch, passes, lanes) = (batch, passes, lanes)
    let seconds = try await withThrowingTaskGroup(of: Double.self) { group in
      for _ in 0..<lanes {
        group.addTask {
          let plan = try network.plan(batch: batch, computing: gradients ? .input : [])
          func once() throws {
            if gradients {
              _ = try Self.answer(plan, pixels, classes: network.classes)
            } else {
              _ = try Self.logits(plan, pixels, classes: network.classes)
            }
          }
          for _ in 0..<2 { try once() }
          let start = ContinuousClock.now
          for _ in 0..<passes { try once() }
          return (ContinuousClock.now - start) / .seconds(1)
        }
      }
      return try await group.reduce(0, max)
    }
    return Double(batch * passes * lanes) / seconds
  }

  private static func logits(
    _ plan: any ExecutionPlan, _ pixels: [Float], classes: Int
  ) throws -> [Float] {
    var logits = [Float](repeating: 0, count: plan.batch * classes)
    var view = logits.mutableSpan
    try plan.forward(pixels.span, logits: &view)
    return logits
  }

  private static func answer(
    _ plan: any ExecutionPlan, _ pixels: [Float], classes: Int
  ) throws -> Answer {
    let logits = try logits(plan, pixels, classes: classes)
    var gradient = [Float](repeating: 0, count: pixels.count)
    var view = gradient.mutableSpan
    // The same for every image, so that its place does not matter.
    let cotangent = (0..<logits.count).map { Float($0 % classes) - Float(classes - 1) / 2 }
    try plan.backward(cotangent.span, gradients: &view)
    return Answer(logits: logits, gradient: gradient)
  }

  private static func row(_ values: [Float], _ number: Int, _ count: Int) -> ArraySlice<Float> {
    ArraySlice(Array(values[number * count..<(number + 1) * count]))
  }

  private static func distance(_ found: [Float], _ expected: [Float]) -> Float {
    let largest = expected.reduce(0) { max($0, abs($1)) }
    return zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / largest
  }

  private static func rounded(_ number: Double) -> Double { (number * 10).rounded() / 10 }

  /// Drawn weights, of a size that keeps activations finite.
  private static func model(of architecture: Architecture) -> Model {
    var parameters: [String: Tensor] = [:]
    for (name, shape) in architecture.parameterShapes {
      var random = RandomStream(seed: 2).forked(name)
      let inputs = shape.dropFirst().reduce(1, *)
      let deviation = (2 / Float(max(inputs, 1))).squareRoot()
      parameters[name] =
        shape.count > 1
        ? Tensor(
          shape: shape,
          elements: (0..<shape.reduce(1, *)).map { _ in deviation * random.normal() })
        : Tensor(shape: shape, repeating: name.hasSuffix("weight") || name.hasSuffix("var") ? 1 : 0)
    }
    return Model(graph: architecture.graph, parameters: parameters)
  }
}
