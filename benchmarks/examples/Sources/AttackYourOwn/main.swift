import Foundation
import RobevalKit

// A network of one's own, as two functions: is the left or the right half of an image brighter?
let shape = FeatureShape(channels: 1, height: 4, width: 4)
func sign(of pixel: Int) -> Float { pixel % 4 < 2 ? 1 : -1 }
let network = FunctionNetwork(
  input: shape, classes: 2,
  logits: { image in
    let difference = image.pixels.enumerated().reduce(0) { $0 + sign(of: $1.offset) * $1.element }
    return [difference, -difference]
  },
  gradient: { image, cotangent in
    let slope = cotangent[0] - cotangent[1]
    return Image(shape: shape, pixels: (0..<shape.count).map { slope * sign(of: $0) })
  })

// Images of one's own: a difference of 0.1 to 0.8 a pixel, so that a radius of 0.21 turns those up
// to 0.4 over, and no other.
let images = (1...8).map { step in
  Image(
    shape: shape,
    pixels: (0..<shape.count).map { 0.5 + sign(of: $0) * Float(step) / 20 })
}
let dataset = try Dataset(
  name: "halves", classes: 2, images: images, labels: images.map { _ in 0 })

// The evaluation: an attack of one's own, then two published ones on what still stands.
let published = try AttackList.parse("apgd-ce,square(queries=200)", in: .linf)
let request = EvaluationRequest(
  of: EvaluatedNetwork(name: "halves", sha256: "halves-1", architecture: "function", classes: 2),
  on: dataset, attacks: [SignWalk()] + Array(published), norm: .linf,
  radii: [try Epsilon("0.21", refusingAboveOne: true)])
let pool = LanePool(lanes: 2, width: 4, fast: network, exact: network, prepareThread: {})
let folder = FileManager.default.temporaryDirectory.appending(path: "halves-\(UUID())").path
let finished = try await request.run(
  on: SearchEngine(pool, backend: "functions", rounding: ["Swift"]), in: folder)
try finished.writePages(command: "AttackYourOwn")
print(SummaryText(finished.result).text)
try FileManager.default.removeItem(atPath: folder)
