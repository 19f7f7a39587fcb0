import Checkpoints
import Datasets
import Graphs
import Tensors

/// A linear network that takes an image for the class whose mean image is nearest.
///
/// It is right about a quarter of the time on CIFAR-10's sample, and costs next to nothing, so that
/// a hundred verifications of its runs are quick. Its logits are so large that cross-entropy has no
/// gradient but near the boundary, where Square then finds what Auto-PGD does not.
enum NearestMean {
  private static let scale = 80.0

  static func model(of dataset: Dataset) throws -> Model {
    var sums = [[Double]](
      repeating: [Double](repeating: 0, count: dataset.shape.count), count: dataset.classes)
    var counts = [Double](repeating: 0, count: dataset.classes)
    for position in 0..<dataset.count {
      let label = dataset.label(at: position)
      counts[label] += 1
      for (place, pixel) in dataset.image(at: position).pixels.enumerated() {
        sums[label][place] += Double(pixel)
      }
    }
    let means = zip(sums, counts).map { sum, count in sum.map { $0 / count } }
    var graph = GraphBuilder(input: dataset.shape)
    _ = graph.linear(
      graph.flatten(graph.input), "classifier", outputs: dataset.classes, bias: .present)
    return Model(
      graph: graph.built,
      parameters: [
        "classifier.weight": Tensor(
          shape: [dataset.classes, dataset.shape.count],
          elements: means.flatMap { $0.map { Float(scale * 2 * $0) } }),
        "classifier.bias": Tensor(
          shape: [dataset.classes],
          elements: means.map { mean in Float(-scale * mean.reduce(0) { $0 + $1 * $1 }) }),
      ])
  }
}
