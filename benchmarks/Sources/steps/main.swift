// Times training steps of a registry network: forward in training mode and all parameter gradients.
//
//   steps ARCHITECTURE BATCH SECONDS [THREADS]
//
// Prints one JSON object: the median of milliseconds a step, and the peak memory.
// `pytorch_steps.py` does the same in PyTorch.
import Execution
import Foundation
import Graphs
import OneDNNBackend
import Tensors

let arguments = CommandLine.arguments
guard arguments.count >= 4, let architecture = Architecture.named(arguments[1]),
  let batch = Int(arguments[2]), let seconds = Double(arguments[3])
else {
  print("usage: steps ARCHITECTURE BATCH SECONDS [THREADS]")
  exit(64)
}
let threads = arguments.count > 4 ? Int(arguments[4]) ?? 2 : 2

/// Weights of plausible size, so that activations neither explode nor vanish.
func parameters(of architecture: Architecture) -> [String: Tensor] {
  var random = RandomStream(seed: 0)
  var result: [String: Tensor] = [:]
  for name in architecture.parameterOrder {
    guard let shape = architecture.parameterShapes[name] else { continue }
    let fanIn = Float(shape.dropFirst().reduce(1, *))
    let scale = shape.count > 1 ? (6 / fanIn).squareRoot() : 0.2
    let center: Float =
      shape.count > 1 ? 0 : name.hasSuffix("running_var") || name.hasSuffix("weight") ? 1 : 0
    result[name] = Tensor(
      shape: shape,
      elements: (0..<shape.reduce(1, *)).map { _ in
        center + random.uniform(in: -scale..<scale)
      })
  }
  return result
}

var weights = parameters(of: architecture)
OneDNNBackend.useThreads(threads)
let plan = try OneDNNBackend().trainingPlan(
  for: Model(graph: architecture.graph, parameters: weights), batch: batch, statistics: .batch,
  computing: .parameters)
var random = RandomStream(seed: 1)
let images = (0..<batch * architecture.graph.input.count).map { _ in random.uniform() }
let classes = try Model(graph: architecture.graph, parameters: weights).classes()
var logits = [Float](repeating: 0, count: batch * classes)

@MainActor
func step() throws(BackendError) {
  var view = logits.mutableSpan
  try plan.forward(images.span, parameters: weights, logits: &view)
  plan.updateRunningStatistics(in: &weights)
  let cotangent = logits.map { $0 / Float(batch) }
  _ = try plan.backward(cotangent.span)
}

try step()
try step()
var times: [Double] = []
let start = Date()
while -start.timeIntervalSinceNow < seconds || times.count < 3 {
  let begin = Date()
  try step()
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
