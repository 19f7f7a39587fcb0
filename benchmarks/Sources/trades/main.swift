// Times steps of TRADES: crafting, loss, gradients and update.
//
//   trades ARCHITECTURE BATCH SECONDS [THREADS]
//
// Prints one JSON object: the median of milliseconds a step, and the peak memory.
// `compare_trades.py` does the same in PyTorch.
import Execution
import Formula
import Foundation
import Graphs
import OneDNNBackend
import Tensors
import Training

let arguments = CommandLine.arguments
guard arguments.count >= 4, let architecture = Architecture.named(arguments[1]),
  let batch = Int(arguments[2]), let seconds = Double(arguments[3])
else {
  print("usage: trades ARCHITECTURE BATCH SECONDS [THREADS]")
  exit(64)
}
let threads = arguments.count > 4 ? Int(arguments[4]) ?? 2 : 2

let learner = try Learner(
  model: Model(
    graph: architecture.graph, parameters: Formula.parameters(of: architecture)),
  recipe: Recipe(
    name: "trades", epochs: 1, batchSize: batch, optimizer: Optimizer(weightDecay: 5e-4),
    learningRate: .constant(0.01), radius: .constant(8 / 255),
    loss: .trades(weight: 6, labelSmoothing: 0), crafting: Crafting(),
    forwardOrder: [.clean, .adversarial, .clean]),
  on: Machine(
    backend: OneDNNBackend(), threads: threads, useThreads: OneDNNBackend.useThreads))
let shape = architecture.graph.input
let pixels = Formula.pixels(batch * shape.count)
let images = TrainingBatch(
  images: (0..<batch).map { image in
    Image(shape: shape, pixels: Array(pixels[image * shape.count..<(image + 1) * shape.count]))
  },
  labels: (0..<batch).map { $0 % 10 }, indices: Array(0..<batch))

@MainActor
func step() async throws {
  _ = try await learner.step(
    images, StepSettings(epoch: 1, learningRate: 0.01, radius: 8 / 255),
    random: RandomStream(seed: 0))
}

var times: [Double] = []
try await step()
let start = Date()
while -start.timeIntervalSinceNow < seconds || times.isEmpty {
  let begin = Date()
  try await step()
  times.append(-begin.timeIntervalSinceNow * 1000)
}
var usage = rusage()
getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
print(
  """
  {"architecture": "\(architecture.name)", "backend": "\(OneDNNBackend().description)", \
  "batch": \(batch), "threads": \(threads), "step_ms": \(times.sorted()[times.count / 2]), \
  "peak_mib": \(usage.ru_maxrss / 1024)}
  """)
