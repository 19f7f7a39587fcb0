internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

extension PlanBuilder {
  /// The largest value or the mean of every window.
  mutating func appendPool(
    _ stage: Stage, _ pooling: Pooling, _ kind: dnnl_alg_kind_t
  ) throws(BackendError) -> WayBack {
    let input = stage.inputs[0]
    let geometry = try PoolingGeometry(
      pooling, kind, from: network.shapes[input], to: network.shapes[stage.output], batch: batch)
    let forward = try geometry.forward(engine: network.engine)
    let source = activation(input)
    let target = newActivation(stage.output)
    // Where each largest value was.
    let byteCount = byteCount(forward.layout(dnnl_query_workspace_md))
    let workspace = byteCount > 0 ? buffer(of: UInt8.self, count: byteCount) : nil
    let memory = workspace.map { [PrimitiveArgument(DNNL_ARG_WORKSPACE, $0)] } ?? []
    try appendPrimitive(
      forward, reads: [.init(DNNL_ARG_SRC, source, geometry.source)],
      writes: [.init(DNNL_ARG_DST, target, geometry.target)] + memory)
    return WayBack { (builder, cotangent) throws(BackendError) in
      if !builder.wanted.contains(input) { return }
      let gradient = builder.buffer(for: input)
      try builder.appendPrimitive(
        geometry.backward(forward, engine: builder.network.engine),
        reads: [.init(DNNL_ARG_DIFF_DST, cotangent, geometry.target)] + memory,
        writes: [.init(DNNL_ARG_DIFF_SRC, gradient, geometry.source)])
      builder.contribute(gradient, to: input)
    }
  }
}

/// What kernels need to know about a pool, forward and backward.
private struct PoolingGeometry {
  let source, target: Layout
  private let kind: dnnl_alg_kind_t
  private let kernel, strides: [dnnl_dim_t]
  private let paddingBefore, paddingAfter: [dnnl_dim_t]

  init(
    _ pooling: Pooling, _ kind: dnnl_alg_kind_t, from input: FeatureShape,
    to output: FeatureShape, batch: Int
  ) throws(BackendError) {
    self.kind = kind
    source = try input.layout(batch: batch)
    target = try output.layout(batch: batch)
    kernel = pooling.kernel.dimensions
    strides = pooling.stride.dimensions
    paddingBefore = pooling.padding.before
    paddingAfter = pooling.padding.after(
      pooling.kernel, pooling.stride, from: input, to: output)
  }

  /// Calls `dnnl_pooling_forward_desc_init`.
  func forward(engine: Engine) throws(BackendError) -> PrimitiveDescription {
    var (source, target) = (source, target)
    var operation = dnnl_pooling_desc_t()
    try check(
      "dnnl_pooling_forward_desc_init",
      dnnl_pooling_forward_desc_init(
        &operation, dnnl_forward_training, kind, &source, &target, strides, kernel,
        paddingBefore, paddingAfter))
    return try PrimitiveDescription(&operation, attributes: Attributes(), engine: engine)
  }

  /// Calls `dnnl_pooling_backward_desc_init`.
  func backward(
    _ forward: PrimitiveDescription, engine: Engine
  ) throws(BackendError) -> PrimitiveDescription {
    var (source, target) = (source, target)
    var operation = dnnl_pooling_desc_t()
    try check(
      "dnnl_pooling_backward_desc_init",
      dnnl_pooling_backward_desc_init(
        &operation, kind, &source, &target, strides, kernel, paddingBefore, paddingAfter))
    return try PrimitiveDescription(
      &operation, attributes: Attributes(), forward: forward, engine: engine)
  }
}

extension Pooling {
  var averageKind: dnnl_alg_kind_t {
    switch divisor {
    case .window: dnnl_pooling_avg_include_padding
    case .inside: dnnl_pooling_avg_exclude_padding
    }
  }
}

extension Size {
  var dimensions: [dnnl_dim_t] { [dnnl_dim_t(height), dnnl_dim_t(width)] }
}

extension Padding {
  var before: [dnnl_dim_t] { [dnnl_dim_t(top), dnnl_dim_t(left)] }

  /// What oneDNN needs below and to the right so that its output size is exactly the given one.
  ///
  /// Rows that no window reaches are cut off by a smaller, even negative, padding.
  func after(
    _ kernel: Size, _ stride: Size, from input: FeatureShape, to output: FeatureShape
  ) -> [dnnl_dim_t] {
    [
      dnnl_dim_t((output.height - 1) * stride.height + kernel.height - input.height - top),
      dnnl_dim_t((output.width - 1) * stride.width + kernel.width - input.width - left),
    ]
  }
}
