internal import COneDNN
internal import Execution
internal import Tensors

/// Copies between the layout of activations and that of kernels, where the two differ.
extension PlanBuilder {
  /// A buffer's values in another layout; the buffer itself if that is the same.
  mutating func reordered(
    _ buffer: ArenaPlan.Buffer, from layout: Layout, to other: Layout
  ) throws(BackendError) -> ArenaPlan.Buffer {
    let copy = place(for: buffer, layout, in: other)
    if copy != buffer { try appendReorder(buffer, layout, to: copy, other) }
    return copy
  }

  /// Where a kernel puts what belongs into a buffer: a new buffer if the layouts differ.
  mutating func place(
    for target: ArenaPlan.Buffer, _ layout: Layout, in other: Layout
  ) -> ArenaPlan.Buffer {
    var (left, right) = (layout, other)
    return dnnl_memory_desc_equal(&left, &right) == 1
      ? target : buffer(bytes: byteCount(other))
  }

  /// Appends a copy of values into another layout.
  mutating func appendReorder(
    _ source: ArenaPlan.Buffer, _ layout: Layout, to target: ArenaPlan.Buffer, _ other: Layout
  ) throws(BackendError) {
    let engine = network.engine
    let reorder = try Reorder(from: layout, to: other, engine: engine)
    append(touching: [source, target]) { resolve throws(BackendError) in
      let from = try Memory(layout, at: resolve(source), engine: engine)
      let to = try Memory(other, at: resolve(target), engine: engine)
      let stream = try Stream(on: engine)
      return { _ throws(BackendError) in try reorder.execute(in: stream, from: from, to: to) }
    }
  }
}
