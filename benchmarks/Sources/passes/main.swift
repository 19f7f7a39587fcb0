// Times forward and forward + input-gradient passes of a registry network with formula weights.
//
//   passes ARCHITECTURE BATCH SECONDS [onednn|openblas] [THREADS]
//   passes ARCHITECTURE BATCH values
//
// BATCH is a number, or `usual` for the width that the program chooses for the network.
// Prints one JSON object: milliseconds an image, over all threads together, and the peak memory;
// or, so that another framework can be checked first, the logits of formula images and the input
// gradients of a tenth of the logits' sum.
import Execution
import Formula
import Foundation
import Graphs
import OneDNNBackend
import OpenBLASBackend
import Synchronization
import Tensors

let arguments = CommandLine.arguments
guard arguments.count >= 4, let architecture = Architecture.named(arguments[1]) else {
  print("usage: passes ARCHITECTURE BATCH|usual SECONDS|values [onednn|openblas] [THREADS]")
  exit(64)
}
let backend: any Backend =
  arguments.count > 4 && arguments[4] == "openblas" ? OpenBLASBackend() : OneDNNBackend()
let threads = arguments.count > 5 ? Int(arguments[5]) ?? 2 : 2

let model = Model(graph: architecture.graph, parameters: Formula.parameters(of: architecture))
let batch = Int(arguments[2]) ?? LanePool.usualWidth(for: model)
let network = try backend.compile(model, for: .fast)

/// Prints the logits and input gradients of images that follow the formula.
func printValues() throws {
  let plan = try network.plan(batch: batch, computing: .input)
  let images = Formula.pixels(batch * network.input.count)
  var logits = [Float](repeating: 0, count: batch * network.classes)
  let cotangent = [Float](repeating: 0.1, count: logits.count)
  var gradients = [Float](repeating: 0, count: images.count)
  var logitSpan = logits.mutableSpan
  try plan.forward(images.span, logits: &logitSpan)
  var gradientSpan = gradients.mutableSpan
  try plan.backward(cotangent.span, gradients: &gradientSpan)
  print(#"{"logits": \#(logits), "gradients": \#(gradients)}"#)
}

guard let seconds = Double(arguments[3]) else {
  try printValues()
  exit(0)
}

/// Milliseconds an image when every thread runs its own plan for a while.
func milliseconds(_ derivatives: Derivatives) -> Double {
  let counts = Mutex(0)
  let slowest = Mutex(0.0)
  let group = DispatchGroup()
  for seed in 0..<threads {
    group.enter()
    Thread.detachNewThread {
      do {
        OneDNNBackend.limitThreads()
        let plan = try network.plan(batch: batch, computing: derivatives)
        var random = RandomStream(seed: UInt64(seed))
        let images = (0..<batch * network.input.count).map { _ in random.uniform() }
        var logits = [Float](repeating: 0, count: batch * network.classes)
        let cotangent = [Float](repeating: 0.1, count: logits.count)
        var gradients = [Float](repeating: 0, count: images.count)
        func pass() throws(BackendError) {
          var logitSpan = logits.mutableSpan
          try plan.forward(images.span, logits: &logitSpan)
          if derivatives.isEmpty { return }
          var gradientSpan = gradients.mutableSpan
          try plan.backward(cotangent.span, gradients: &gradientSpan)
        }
        try pass()
        let start = Date()
        var passes = 0
        while -start.timeIntervalSinceNow < seconds {
          try pass()
          passes += 1
        }
        let time = -start.timeIntervalSinceNow
        counts.withLock { $0 += passes * batch }
        slowest.withLock { $0 = max($0, time) }
      } catch {
        print("\(error)")
        exit(1)
      }
      group.leave()
    }
  }
  group.wait()
  return slowest.withLock { $0 } * 1000 / Double(counts.withLock { $0 })
}

let forward = milliseconds([])
let gradient = milliseconds(.input)
var usage = rusage()
getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
print(
  """
  {"architecture": "\(architecture.name)", "backend": "\(backend.description)", "batch": \(batch), \
  "threads": \(threads), "forward_ms": \(forward), "gradient_ms": \(gradient), \
  "peak_mib": \(usage.ru_maxrss / 1024)}
  """)
