import Graphs
import Tensors

/// The one input of an image classifier.
struct ImageInput {
  /// The fixed batch size, or 1.
  var batch: Int
  /// The image.
  var shape: FeatureShape
  /// Whether it has two axes only.
  var isVector: Bool
  /// Whether channels stand last, as TensorFlow and Keras have them.
  var isChannelsLast = false
  /// What the reader should know.
  var notes: [String] = []

  init(_ input: WireValueInfo) throws(ONNXError) {
    let place = "input \(input.name.quotedName)"
    let tensor = input.type.tensorType
    guard let type = ElementType(rawValue: tensor.elemType), type.isFloatingPoint else {
      throw ONNXError(
        place: place, problem: "its element type is \(tensor.elemType); it must be float32")
    }
    if type != .float { notes.append("computes in float32 what the file computes in \(type)") }
    let extents = tensor.shape.dim.map { Int($0.dimValue) }
    let image = extents.dropFirst()
    guard extents.count == 2 || extents.count == 4,
      image.allSatisfy((1...Self.largestExtent).contains), let batch = extents.first,
      batch <= Self.largestExtent
    else {
      throw ONNXError(
        place: place,
        problem: "its shape is \(extents.prefix(8)), where 0 is free; only the batch may be free: "
          + "export with a fixed [batch, channels, height, width]")
    }
    isVector = extents.count == 2
    shape =
      isVector
      ? FeatureShape(channels: extents[1])
      : FeatureShape(channels: extents[1], height: extents[2], width: extents[3])
    if !isVector, ![1, 3].contains(extents[1]), [1, 3].contains(extents[3]) {
      isChannelsLast = true
      shape = FeatureShape(channels: extents[3], height: extents[1], width: extents[2])
      notes.append("the file's images have their channels last")
    }
    self.batch = max(batch, 1)
    if batch > 1 { notes.append("the batch is fixed to \(batch) in the file") }
    do throws(GraphError) {
      let nodes = [Graph.Node(name: "input", operation: .input, inputs: [])]
      _ = try Graph(input: shape, nodes: nodes).shapes(parameters: [:])
    } catch {
      throw ONNXError(place: place, problem: error.problem)
    }
  }

  private static let largestExtent = 1 << 16
}
