// Times training steps of a registry network: forward in training mode and all parameter gradients.
//
//   steps ARCHITECTURE BATCH SECONDS [THREADS]
//   steps ARCHITECTURE BATCH values
//
// Prints one JSON object: the median of milliseconds a step, and the peak memory; or, so that another
// framework can be checked first, logits and the norm of all gradients of a tenth of the logits' sum.
import Execution
import Formula
import Foundation
import Graphs
import OneDNNBackend
import Tensors

let arguments = CommandLine.arguments
guard arguments.count >= 4, let architecture = Architecture.named(arguments[1]),
  let batch = Int(arguments[2])
else {
  print("usage: steps ARCHITECTURE BATCH SECONDS|values [THREADS]")
  exit(64)
}
let threads = arguments.count > 4 ? Int(arguments[4]) ?? 2 : 2

var weights = Formula.parameters(of: architecture)
OneDNNBackend.useThreads(threads)
let model = Model(graph: architecture.graph, parameters: weights)
let plan = try OneDNNBackend().trainingPlan(
  for: model, batch: batch, statistics: .batch, computing: .parameters)
let images = Formula.pixels(batch * architecture.graph.input.count)
var logits = [Float](repeating: 0, count: batch * (try model.classes()))

@MainActor
func forward() throws(BackendError) {
  var view = logits.mutableSpan
  try plan.forward(images.span, parameters: weights, logits: &view)
}

@MainActor
func step() throws(BackendError) {
  try forward()
  plan.updateRunningStatistics(in: &weights)
  let cotangent = logits.map { $0 / Float(batch) }
  _ = try plan.backward(cotangent.span)
}

guard let seconds = Double(arguments[3]) else {
  try forward()
  let cotangent = [Float](repeating: 0.1, count: logits.count)
  let gradients = try plan.backward(cotangent.span).parameters
  let squares = gradients.values.flatMap(\.elements).reduce(0.0) { $0 + Double($1) * Double($1) }
  print(#"{"logits": \#(logits), "gradient_norm": \#(squares.squareRoot())}"#)
  exit(0)
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
