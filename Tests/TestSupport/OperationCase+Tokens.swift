import Graphs
import Tensors

extension OperationCase {
  static let tokens: [Kind] = [
    Kind(name: "attention", count: 4) { draft in
      let heads = draft.random.below(3) + 1
      let channels = heads * (draft.random.below(7) + 1)
      let x = draft.convolution(draft.start, "qkv", channels: 3 * channels, kernel: Size(2))
      return draft.builder.attention([x], Attention(heads: heads, scale: 0.7), "attention")
    },
    // Heads of whole blocks of channels, more positions than are computed in one go.
    Kind(name: "wide attention", count: 2) { draft in
      let x = draft.convolution(draft.start, "qkv", channels: 96, kernel: Size(1))
      let y = draft.builder.attention([x], Attention(heads: 2, scale: 0.25), "attention")
      return draft.builder.add(y, draft.convolution(y, "proj", channels: 32, kernel: Size(1)))
    },
    Kind(name: "attention with bias", count: 2) { draft in
      let x = draft.convolution(draft.start, "qkv", channels: 30, kernel: Size(3), stride: Size(3))
      let shape = [2, x.shape.area, x.shape.area]
      return draft.builder.attention(
        [x], Attention(heads: 2, scale: 0.5, bias: "bias"), "attention", biasShape: shape)
    },
    // Keys and values of more positions than queries, and all of them other maps.
    Kind(name: "cross attention", count: 2) { draft in
      let q = draft.convolution(draft.start, "q", channels: 12, kernel: Size(3), stride: Size(4))
      let k = draft.convolution(draft.start, "k", channels: 12, kernel: Size(3), stride: Size(2))
      let v = draft.convolution(draft.start, "v", channels: 12, kernel: Size(3), stride: Size(2))
      return draft.builder.attention([q, k, v], Attention(heads: 3, scale: 0.5), "attention")
    },
    Kind(name: "attention to itself", count: 2) { draft in
      let x = draft.convolution(draft.start, "first", channels: 8, kernel: Size(3))
      return draft.builder.attention([x, x, x], Attention(heads: 2, scale: 0.5), "attention")
    },
    Kind(name: "window attention", count: 4) { draft in
      let size = Size(height: draft.random.below(2) + 2, width: draft.random.below(2) + 2)
      let x = draft.convolution(draft.start, "qkv", channels: 24, kernel: Size(1))
      let rows = x.shape.height / size.height * size.height
      let columns = x.shape.width / size.width * size.width
      let whole = draft.builder.rearranged(
        [x],
        .crop(
          Padding(
            top: 0, left: x.shape.width - columns, bottom: x.shape.height - rows, right: 0)))
      let shift = Size(
        height: draft.random.below(size.height), width: draft.random.below(size.width))
      return draft.builder.attention(
        [whole],
        Attention(
          heads: 2, scale: 0.5, bias: "bias", window: .init(size: size, shift: shift)),
        "attention", biasShape: [(2 * size.height - 1) * (2 * size.width - 1), 2])
    },
    Kind(name: "padded window attention", count: 2) { draft in
      let x = draft.convolution(draft.start, "first", channels: 6, kernel: Size(1))
      let extent = Size(height: x.shape.height, width: x.shape.width)
      let edges = Padding(
        top: 0, left: 0, bottom: 3 - extent.height % 3, right: 3 - extent.width % 3)
      let padded = draft.builder.pad(x, ConstantPadding(spatial: edges, value: 0))
      let y = draft.builder.attention(
        [draft.builder.linear(padded, "qkv", outputs: 18)],
        Attention(
          heads: 3, scale: 0.5, bias: "bias",
          window: .init(size: Size(3), shift: Size(1), extent: extent)),
        "attention", biasShape: [25, 3])
      return draft.builder.rearranged([y], .crop(edges))
    },
    Kind(name: "embedding", count: 3) { draft in
      let channels = draft.random.below(20) + 3
      let x = draft.convolution(
        draft.start, "patches", channels: channels, kernel: Size(4), stride: Size(4))
      let y = draft.builder.embedded(x, tokens: ["class", "other"], positions: "positions")
      let first = draft.builder.rearranged([y], .positions(from: 0, to: 1))
      let rest = draft.builder.rearranged([y], .positions(from: 1, to: y.shape.area))
      return draft.builder.rearranged(
        [draft.builder.linear(rest, "wide", outputs: channels), first], .joinedPositions)
    },
    Kind(name: "rowNormalization", count: 3) { draft in
      let x = draft.convolution(
        draft.start, "first", channels: 3 * (draft.random.below(8) + 1), kernel: Size(2))
      let y = draft.builder.rowNormalized(
        x, RowNormalization(heads: 3, temperature: "temperature"), "norm")
      // One channel is zero.
      return draft.builder.rowNormalized(
        draft.builder.pad(y, ConstantPadding(channelsAfter: 1)), RowNormalization(), "second")
    },
    Kind(name: "positionEncoding", count: 2) { draft in
      var shape = draft.start.shape
      shape.channels = 4 * (draft.random.below(8) + 1)
      let encoding = draft.builder.append(
        .positionEncoding(PositionEncoding(shape: shape)), name: "encoding", reading: [],
        giving: shape)
      return draft.builder.add(
        draft.convolution(encoding, "projection", channels: 6, kernel: Size(1)),
        draft.convolution(draft.start, "image", channels: 6, kernel: Size(1)))
    },
    Kind(name: "table", count: 2) { draft in
      let x = draft.builder.table(
        "table", [draft.start.shape.channels, draft.start.shape.area], draft.start.shape,
        order: .channelsFirst)
      return draft.builder.multiply(draft.start, by: x)
    },
    Kind(name: "rearrange", count: 14) { draft in
      let x = draft.convolution(draft.start, "first", channels: 24, kernel: Size(2))
      let even = draft.builder.rearranged(
        [x],
        .crop(
          Padding(
            top: 0, left: 0, bottom: x.shape.height % 2, right: x.shape.width % 2)))
      let shape = even.shape
      let choices: [Rearrangement] = [
        .spaceToDepth(block: 2, order: .rows), .spaceToDepth(block: 2, order: .columns),
        .depthToSpace(block: 2, order: .rows), .depthToSpace(block: 2, order: .columns),
        .reflectedPadding(Padding(top: 1, left: 2, bottom: 3, right: 0)),
        .edgePadding(Padding(top: 2, left: 1, bottom: 0, right: 3)),
        .repeated(Size(height: 2, width: 3)), .flattenedPositions,
        .positions(from: 3, to: shape.area - 2), .listedPositions([2, 7, 0, 7, 1]),
        .strided(
          StridedView(
            offset: shape.area - 1,
            runs: [.init(extent: 5, stride: shape.area), .init(extent: shape.area, stride: -1)],
            shape: FeatureShape(channels: 5, height: shape.height, width: shape.width))),
      ]
      let y = draft.builder.rearranged([even], choices[draft.random.below(choices.count)])
      return y.shape.area > 1
        ? draft.builder.linear(y, "second", outputs: 5) : draft.builder.silu(y)
    },
  ]
}
