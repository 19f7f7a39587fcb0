internal import COneDNN
internal import Execution

/// What a primitive computes, before it is told where.
final class PrimitiveDescription {
  let handle: dnnl_primitive_desc_t

  /// Lets the library choose an implementation.
  ///
  /// - Parameters:
  ///   - operation: a oneDNN operation descriptor.
  ///   - attributes: post-operations and scratchpad mode.
  ///   - forward: the forward primitive that a backward one belongs to.
  ///   - engine: where it will run.
  /// - Throws: ``BackendError`` when it has none.
  ///
  /// Calls `dnnl_primitive_desc_create`.
  init(
    _ operation: UnsafeRawPointer, attributes: Attributes, forward: PrimitiveDescription? = nil,
    engine: Engine
  ) throws(BackendError) {
    var handle: dnnl_primitive_desc_t?
    try check(
      "dnnl_primitive_desc_create",
      dnnl_primitive_desc_create(
        &handle, operation, attributes.handle, engine.handle, forward?.handle))
    guard let handle else {
      throw BackendError(place: "dnnl_primitive_desc_create", problem: "no primitive")
    }
    self.handle = handle
  }

  /// Takes over a description that was created otherwise.
  init(handle: dnnl_primitive_desc_t) { self.handle = handle }

  deinit { dnnl_primitive_desc_destroy(handle) }

  /// Whether the library has only plain loops for this, up to a thousand times as slow as kernels.
  ///
  /// Calls `dnnl_primitive_desc_query`.
  var isReference: Bool {
    var name: UnsafePointer<CChar>?
    let status = dnnl_primitive_desc_query(handle, dnnl_query_impl_info_str, 0, &name)
    guard status == dnnl_success, let name else { return false }
    return String(cString: name).hasPrefix("ref")
  }

  /// The layout oneDNN chose for one of the arguments.
  ///
  /// Calls `dnnl_primitive_desc_query_md`.
  func layout(_ what: dnnl_query_t) -> Layout {
    dnnl_primitive_desc_query_md(handle, what, 0)?.pointee ?? Layout()
  }

  /// The layout of what is handed to the primitive under an index `DNNL_ARG_…`.
  ///
  /// Calls `dnnl_primitive_desc_query_md`.
  func layout(ofArgument index: Int32) -> Layout {
    dnnl_primitive_desc_query_md(handle, dnnl_query_exec_arg_md, index)?.pointee ?? Layout()
  }
}

/// What is fused into a primitive, and who owns its scratchpad: always the plan.
final class Attributes {
  let handle: dnnl_primitive_attr_t

  /// What happens to a convolution's result before it is stored.
  struct PostOperations: OptionSet {
    let rawValue: Int
    /// The values already at the destination are added.
    static let sum = PostOperations(rawValue: 1)
    /// max(x, 0), after the sum.
    static let relu = PostOperations(rawValue: 2)
  }

  /// Calls `dnnl_primitive_attr_create` and `dnnl_primitive_attr_set_post_ops`.
  init(_ operations: PostOperations = []) throws(BackendError) {
    var handle: dnnl_primitive_attr_t?
    try check("dnnl_primitive_attr_create", dnnl_primitive_attr_create(&handle))
    guard let handle else {
      throw BackendError(place: "dnnl_primitive_attr_create", problem: "no attributes")
    }
    self.handle = handle
    try check(
      "dnnl_primitive_attr_set_scratchpad_mode",
      dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user))
    if operations.isEmpty { return }
    var list: dnnl_post_ops_t?
    try check("dnnl_post_ops_create", dnnl_post_ops_create(&list))
    defer { dnnl_post_ops_destroy(list) }
    if operations.contains(.sum) {
      try check("dnnl_post_ops_append_sum", dnnl_post_ops_append_sum(list, 1))
    }
    if operations.contains(.relu) {
      try check(
        "dnnl_post_ops_append_eltwise",
        dnnl_post_ops_append_eltwise(list, 1, dnnl_eltwise_relu, 0, 0))
    }
    try check(
      "dnnl_primitive_attr_set_post_ops", dnnl_primitive_attr_set_post_ops(handle, list))
  }

  deinit { dnnl_primitive_attr_destroy(handle) }
}

/// A compiled kernel.
final class Primitive {
  private let handle: dnnl_primitive_t

  /// Calls `dnnl_primitive_create`.
  init(_ description: PrimitiveDescription) throws(BackendError) {
    var handle: dnnl_primitive_t?
    try check("dnnl_primitive_create", dnnl_primitive_create(&handle, description.handle))
    guard let handle else {
      throw BackendError(place: "dnnl_primitive_create", problem: "no primitive")
    }
    self.handle = handle
  }

  deinit { dnnl_primitive_destroy(handle) }

  /// Runs it.
  ///
  /// Calls `dnnl_primitive_execute`.
  func execute(in stream: Stream, _ arguments: [dnnl_exec_arg_t]) throws(BackendError) {
    try check(
      "dnnl_primitive_execute",
      dnnl_primitive_execute(handle, stream.handle, Int32(arguments.count), arguments))
  }
}

/// Values in one layout copied to another.
final class Reorder {
  private let description: PrimitiveDescription
  private let primitive: Primitive

  /// Calls `dnnl_reorder_primitive_desc_create`.
  init(from source: Layout, to target: Layout, engine: Engine) throws(BackendError) {
    var (from, to) = (source, target)
    var handle: dnnl_primitive_desc_t?
    try check(
      "dnnl_reorder_primitive_desc_create",
      dnnl_reorder_primitive_desc_create(
        &handle, &from, engine.handle, &to, engine.handle, nil))
    guard let handle else {
      throw BackendError(place: "dnnl_reorder_primitive_desc_create", problem: "no primitive")
    }
    description = PrimitiveDescription(handle: handle)
    primitive = try Primitive(description)
  }

  /// Copies the values.
  func execute(in stream: Stream, from source: Memory, to target: Memory) throws(BackendError) {
    try primitive.execute(
      in: stream,
      [
        dnnl_exec_arg_t(arg: DNNL_ARG_FROM, memory: source.handle),
        dnnl_exec_arg_t(arg: DNNL_ARG_TO, memory: target.handle),
      ])
  }
}
