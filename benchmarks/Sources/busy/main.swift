import Foundation
import Measuring
import RobevalKit

// How busy attacks keep a device, and how much of a processor's time each question costs.
//
// usage: busy GFLOP TFLOPS LANES WIDTH IMAGES ATTACK…
//
// GFLOP is what a forward pass of one image takes, TFLOPS what the device computes in a second. On
// c of the 16 cores that a device has beside it, c/16 of its speed asks as much of each core.

let words = CommandLine.arguments.dropFirst().map { $0 }
guard words.count >= 6, let work = Double(words[0]), let speed = Double(words[1]),
  let lanes = Int(words[2]), let width = Int(words[3]), let count = Int(words[4])
else {
  print("usage: busy GFLOP TFLOPS LANES WIDTH IMAGES ATTACK…")
  exit(64)
}

let shape = FeatureShape(channels: 3, height: 32, width: 32)
let images = (0..<count).map { number in
  Image(
    shape: shape, pixels: (0..<shape.count).map { Float(($0 * 7 + number * 13) % 200 + 25) / 255 })
}
let dataset = try Dataset(
  name: "made up", classes: 10, images: images, labels: images.map { _ in 0 })
print("attack,questions,wall_s,busy,processor_us_a_question")
for text in words.dropFirst(5) {
  let device = SimulatedDevice()
  let network = SimulatedNetwork(device: device, seconds: work / (speed * 1e3))
  let request = EvaluationRequest(
    of: EvaluatedNetwork(
      name: "simulated", sha256: "simulated", architecture: "simulated", classes: 10),
    on: dataset, attacks: Array(try AttackList.parse(text, in: .linf)), norm: .linf,
    radii: [try Epsilon("8/255", refusingAboveOne: true)])
  let pool = LanePool(
    lanes: lanes, width: width, fast: network,
    exact: SimulatedNetwork(device: SimulatedDevice(), seconds: 0), prepareThread: {})
  let folder = FileManager.default.temporaryDirectory.appending(path: "busy-\(UUID())").path
  let (start, before) = (ContinuousClock.now, processorSeconds())
  _ = try await request.run(
    on: SearchEngine(pool, backend: "simulated", rounding: ["none"]), in: folder)
  let wall = (ContinuousClock.now - start) / .seconds(1)
  let (busy, questions) = device.work
  let cost = (processorSeconds() - before) / Double(questions) * 1e6
  print(
    "\"\(text)\",\(questions),"
      + String(format: "%.2f,%.3f,%.1f", wall, busy / .seconds(1) / wall, cost))
  pool.stop()
  try FileManager.default.removeItem(atPath: folder)
}
