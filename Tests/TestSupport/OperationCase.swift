public import Graphs
import Tensors

/// A small network around one operation, with random shapes and weights.
///
/// Every case begins with a normalisation, so that activations have both signs, and ends flat.
public struct OperationCase: Sendable, CustomStringConvertible {
  /// The operation and the number of the case.
  public var description: String
  /// The network.
  public var model: Model

  /// Cases of every operation, the same on every run.
  public static let all: [OperationCase] = kinds.flatMap { kind in
    (0..<kind.count).map { number in
      var draft = Draft(random: RandomStream(seed: 5).forked(kind.name).forked(number))
      let output = kind.declare(&draft)
      return OperationCase(description: "\(kind.name) \(number)", model: draft.finished(output))
    }
  }

  struct Kind: Sendable {
    var name: String
    var count: Int
    var declare: @Sendable (inout Draft) -> GraphBuilder.Value
  }

  private static let kinds =
    convolutions + sums + poolings + elementwise + rearranging + vectors + tokens

  private static let convolutions: [Kind] = [
    Kind(name: "convolution", count: 12) { $0.randomConvolution($0.start, groups: 1) },
    Kind(name: "grouped convolution", count: 6) { draft in
      draft.randomConvolution(draft.start, groups: draft.random.below(3) + 2)
    },
    Kind(name: "depthwise convolution", count: 6) { draft in
      draft.randomConvolution(draft.start, groups: draft.start.shape.channels)
    },
    // As wide as the layers for which fast algorithms are chosen.
    Kind(name: "wide 3×3 convolution", count: 4) { draft in
      let wide = draft.convolution(
        draft.start, "first", channels: 32, kernel: Size(3), padding: Padding(1))
      return draft.convolution(
        draft.builder.relu(wide), "second", channels: 48, kernel: Size(3),
        padding: Padding(draft.random.below(2)))
    },
    // More channels and more pixels than fast algorithms take in one go.
    Kind(name: "deep 3×3 convolution", count: 2) { draft in
      let deep = draft.convolution(draft.start, "first", channels: 144, kernel: Size(1))
      let x = draft.convolution(deep, "second", channels: 40, kernel: Size(3), padding: Padding(1))
      let main = draft.convolution(x, "main", channels: 40, kernel: Size(3), padding: Padding(1))
      let y = draft.builder.relu(draft.builder.add(main, x))
      let inner = draft.builder.relu(
        draft.convolution(y, "inner", channels: 40, kernel: Size(3), padding: Padding(1)))
      let outer = draft.convolution(
        inner, "outer", channels: 40, kernel: Size(3), padding: Padding(1))
      return draft.builder.relu(draft.builder.add(outer, y))
    },
    Kind(name: "large 3×3 convolution", count: 2) { draft in
      let large = draft.convolution(
        draft.start, "first", channels: 32, kernel: Size(1), padding: Padding(9))
      let x = draft.convolution(large, "second", channels: 32, kernel: Size(3))
      return draft.convolution(
        draft.builder.relu(x), "third", channels: 8, kernel: Size(5), stride: Size(5))
    },
    Kind(name: "convolution, norm, relu", count: 6) { draft in
      let x = draft.randomConvolution(draft.start, groups: 1)
      return draft.builder.relu(draft.builder.batchNorm(x, "norm", epsilon: 1e-3))
    },
    // The activation is read twice, so the normalisation must not be folded into both readers.
    Kind(name: "norm between two readers", count: 4) { draft in
      let x = draft.convolution(
        draft.start, "first", channels: 8, kernel: Size(3), padding: Padding(1))
      let norm = draft.builder.batchNorm(x, "norm")
      return draft.builder.add(x, norm)
    },
    Kind(name: "residual block", count: 4) { draft in
      let x = draft.builder.relu(draft.builder.batchNorm(draft.start, "norm1"))
      let channels = draft.random.below(20) + 4
      let main = draft.convolution(
        x, "main", channels: channels, kernel: Size(3), stride: Size(2), padding: Padding(1))
      let shortcut = draft.convolution(
        x, "shortcut", channels: channels, kernel: Size(1), stride: Size(2))
      return draft.builder.relu(
        draft.builder.add(draft.builder.batchNorm(main, "norm2"), shortcut))
    },
  ]

  /// Sums with a value that is still read, or shares its memory with one.
  private static let sums: [Kind] = [
    // Of three channels or fewer, images may stay as they come.
    Kind(name: "sum with the image", count: 6) { draft in
      let x = draft.start
      let inner = draft.builder.relu(
        draft.convolution(x, "inner", channels: 20, kernel: Size(3), padding: Padding(1)))
      let outer = draft.convolution(
        inner, "outer", channels: x.shape.channels, kernel: Size(3), padding: Padding(1))
      return draft.builder.add(outer, x)
    },
    Kind(name: "sum with what is convolved", count: 2) { draft in
      let x = draft.convolution(draft.start, "first", channels: 9, kernel: Size(3))
      let main = draft.convolution(x, "main", channels: 9, kernel: Size(3), padding: Padding(1))
      return draft.builder.add(main, x)
    },
    Kind(name: "sum with a flattened vector", count: 2) { draft in
      let x = draft.convolution(draft.start, "first", channels: 9, kernel: Size(3))
      let pixel = draft.builder.globalAveragePool(x)
      let flat = draft.builder.flatten(pixel)
      let sum = draft.builder.add(draft.builder.linear(flat, "linear", outputs: 9), pixel)
      return draft.builder.add(draft.builder.linear(sum, "second", outputs: 9), flat)
    },
  ]

  private static let poolings: [Kind] = [
    Kind(name: "maxPool", count: 6) { draft in
      draft.builder.maxPool(draft.start, draft.randomPooling(.window))
    },
    Kind(name: "averagePool over windows", count: 6) { draft in
      draft.builder.averagePool(draft.start, draft.randomPooling(.window))
    },
    Kind(name: "averagePool inside", count: 6) { draft in
      draft.builder.averagePool(draft.start, draft.randomPooling(.inside))
    },
    Kind(name: "subsampling", count: 2) { draft in
      draft.builder.averagePool(draft.start, Pooling(kernel: Size(1), stride: Size(2)))
    },
    Kind(name: "globalAveragePool", count: 4) { draft in
      draft.builder.globalAveragePool(draft.start)
    },
  ]

  private static let elementwise: [Kind] = [
    Kind(name: "normalize", count: 2) { $0.start },
    Kind(name: "batchNormalization", count: 3) { draft in
      draft.builder.batchNorm(draft.start, "norm", epsilon: 1e-3)
    },
    Kind(name: "channelAffine", count: 3) { $0.channelAffine($0.start, "affine") },
    Kind(name: "layerNormalization", count: 4) { draft in
      let wide = draft.convolution(
        draft.start, "first", channels: draft.random.below(40) + 2, kernel: Size(1))
      return draft.builder.layerNorm(wide, "norm", epsilon: 1e-3)
    },
    // As in ConvNeXt; the input is read again, and so is what comes before the function.
    Kind(name: "inverted bottleneck", count: 3) { draft in
      let x = draft.convolution(draft.start, "first", channels: 20, kernel: Size(1))
      let deep = draft.convolution(
        x, "deep", channels: 20, kernel: Size(3), padding: Padding(1), groups: 20)
      var y = draft.builder.layerNorm(deep, "norm", epsilon: 1e-6)
      y = draft.builder.elementwise(draft.builder.linear(y, "wide", outputs: 40), .gelu)
      y = draft.builder.layerScale(draft.builder.linear(y, "narrow", outputs: 20), "scale")
      return draft.builder.add(y, x)
    },
    Kind(name: "normalized vector", count: 2) { draft in
      let means = draft.builder.globalAveragePool(draft.start)
      let normal = draft.builder.layerNorm(means, "norm", epsilon: 1e-5)
      return draft.builder.linear(normal, "linear", outputs: 7)
    },
    Kind(name: "layerScale", count: 2) { $0.builder.layerScale($0.start, "scale") },
    Kind(name: "meanSparse", count: 4) { draft in
      let x = draft.builder.batchNorm(draft.start, "norm")
      return draft.builder.add(draft.builder.meanSparse(x, "sparse"), x)
    },
    Kind(name: "relu", count: 3) { $0.builder.relu($0.start) },
    Kind(name: "silu", count: 3) { $0.builder.silu($0.start) },
    Kind(name: "elementwise", count: 2 * ElementFunction.examples.count) { draft in
      let function = ElementFunction.examples[draft.random.below(ElementFunction.examples.count)]
      return draft.builder.elementwise(draft.start, function)
    },
    // Every function once between convolutions, where channels end within a block.
    Kind(name: "all functions", count: 2) { draft in
      var x = draft.start
      for (number, function) in ElementFunction.examples.enumerated() {
        x = draft.builder.elementwise(
          draft.convolution(x, "layer\(number)", channels: 5 + number, kernel: Size(1)), function)
      }
      return x
    },
    Kind(name: "multiply by itself", count: 2) { draft in
      draft.builder.multiply(draft.start, by: draft.start)
    },
    Kind(name: "multiply", count: 3) { draft in
      let left = draft.builder.silu(draft.start)
      return draft.builder.multiply(left, by: draft.channelAffine(draft.start, "affine"))
    },
    Kind(name: "squeeze and excite", count: 4) { draft in
      let channels = draft.random.below(20) + 4
      let x = draft.convolution(draft.start, "first", channels: channels, kernel: Size(3))
      let squeezed = draft.builder.relu(
        draft.convolution(
          draft.builder.globalAveragePool(x), "squeeze", channels: 3, kernel: Size(1)))
      let gate = draft.builder.elementwise(
        draft.convolution(squeezed, "excite", channels: channels, kernel: Size(1)), .sigmoid)
      let y = draft.builder.multiply(x, by: gate)
      return draft.builder.relu(draft.builder.add(y, x))
    },
    Kind(name: "add to itself", count: 2) { $0.builder.add($0.start, $0.start) },
    Kind(name: "add", count: 3) { draft in
      let left = draft.builder.silu(draft.start)
      return draft.builder.add(left, draft.channelAffine(draft.start, "affine"))
    },
  ]

  private static let rearranging: [Kind] = [
    Kind(name: "flatten", count: 2) { $0.builder.flatten($0.start) },
    Kind(name: "concatenate", count: 4) { draft in
      let left = draft.builder.relu(draft.start)
      let right = draft.randomSlice(draft.start)
      return draft.builder.concatenate(left, right)
    },
    Kind(name: "channelShuffle", count: 4) { draft in
      let groups = draft.random.below(3) + 2
      let wide = draft.convolution(
        draft.start, "widen", channels: groups * (draft.random.below(4) + 2), kernel: Size(1))
      return draft.builder.channelShuffle(wide, groups: groups)
    },
    Kind(name: "channelSlice", count: 4) { $0.randomSlice($0.start) },
    Kind(name: "pad", count: 6) { draft in
      let spatial = draft.randomPadding(below: 3)
      return draft.builder.pad(
        draft.start,
        ConstantPadding(
          spatial: spatial, channelsBefore: draft.random.below(3),
          channelsAfter: draft.random.below(3), value: draft.random.uniform()))
    },
  ]

  private static let vectors: [Kind] = [
    Kind(name: "linear", count: 3) { draft in
      let flat = draft.builder.flatten(draft.start)
      return draft.builder.linear(flat, "linear", outputs: draft.random.below(20) + 1)
    },
    // The kernel that it becomes covers more columns than oneDNN has fast gradients for.
    Kind(name: "linear on a large image", count: 4) { draft in
      let wide = draft.convolution(
        draft.start, "widen", channels: draft.random.below(30) + 3, kernel: Size(1))
      let large = draft.builder.pad(
        wide, ConstantPadding(spatial: Padding(8), channelsBefore: 0, channelsAfter: 0, value: 0.5))
      let flat = draft.builder.flatten(large)
      return draft.builder.linear(flat, "linear", outputs: draft.random.below(20) + 1)
    },
    Kind(name: "linear without bias", count: 2) { draft in
      let flat = draft.builder.globalAveragePool(draft.start)
      return draft.builder.linear(flat, "linear", outputs: 10, bias: .absent)
    },
    Kind(name: "two linear layers", count: 2) { draft in
      let flat = draft.builder.flatten(draft.start)
      let hidden = draft.builder.relu(draft.builder.linear(flat, "hidden", outputs: 33))
      return draft.builder.linear(hidden, "linear", outputs: 7)
    },
  ]
}
