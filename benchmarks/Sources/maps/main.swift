// Times an exact t-SNE map of points.
//
//   maps POINTS.f64 DIMENSIONS OUT.f64 [THREADS] [ITERATIONS]
//
// POINTS.f64 holds rows of float64 without a head, OUT.f64 gets two numbers a point. Prints one JSON object:
// seconds by the clock, seconds of the processor, and the map's divergence.
import Analysis
import Foundation
import Measuring

let arguments = CommandLine.arguments
guard arguments.count >= 4, let dimensions = Int(arguments[2]), dimensions > 0,
  let bytes = FileManager.default.contents(atPath: arguments[1]),
  !bytes.isEmpty, bytes.count % (8 * dimensions) == 0
else {
  print("usage: maps POINTS.f64 DIMENSIONS OUT.f64 [THREADS] [ITERATIONS]")
  exit(64)
}
let threads = arguments.count > 4 ? Int(arguments[4]) ?? 2 : 2
let numbers = bytes.withUnsafeBytes { raw in
  (0..<bytes.count / 8).map { raw.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
}
let points = Points(
  stride(from: 0, to: numbers.count, by: dimensions).map { Array(numbers[$0..<$0 + dimensions]) })
var settings = NeighbourEmbedding.Settings()
if arguments.count > 5 { settings.iterations = Int(arguments[5]) ?? settings.iterations }

let (start, before) = (ContinuousClock.now, processorSeconds())
let found = NeighbourEmbedding.map(of: points, settings, threads: threads) { _ in }
let seconds = (ContinuousClock.now - start) / .seconds(1)
try found.map.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: arguments[3]))
print(
  "{\"seconds\": \(seconds), \"processor\": \(processorSeconds() - before), "
    + "\"divergence\": \(found.divergence)}")
