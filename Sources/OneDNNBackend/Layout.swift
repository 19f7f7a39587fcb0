internal import COneDNN
internal import CKernels
internal import Execution
internal import Graphs
internal import Tensors

/// Rounds a number of channels up to whole blocks of 16.
func padded(_ channels: Int) -> Int { (channels + 15) / 16 * 16 }

/// oneDNN's description of a memory's extents and layout.
typealias Layout = dnnl_memory_desc_t

extension FeatureShape {
  /// The number of values of one image with channels in whole blocks.
  var paddedCount: Int { padded(channels) * area }

  /// The extents that the kernels work on.
  func kernelsShape(batch: Int) -> kernels_shape {
    kernels_shape(images: batch, blocks: padded(channels) / 16, area: area)
  }

  /// The blocked layout of a batch.
  ///
  /// Calls `dnnl_memory_desc_init_by_tag`.
  func layout(batch: Int) throws(BackendError) -> Layout {
    try memoryLayout([batch, padded(channels), height, width], dnnl_nChw16c)
  }

  /// The layout that oneDNN's convolutions are fast in: before AVX-512, blocks of 8 channels.
  ///
  /// Calls `dnnl_memory_desc_init_by_tag`.
  func kernelLayout(batch: Int) throws(BackendError) -> Layout {
    try Engine.hasWideVectors
      ? layout(batch: batch)
      : memoryLayout([batch, padded(channels), height, width], dnnl_nChw8c)
  }
}

extension FeatureShape {
  /// The layout of a batch of images as they come.
  ///
  /// Calls `dnnl_memory_desc_init_by_tag`.
  func planarLayout(batch: Int) throws(BackendError) -> Layout {
    try memoryLayout([batch, channels, height, width], dnnl_nchw)
  }
}

/// A layout from extents and a format tag.
///
/// Calls `dnnl_memory_desc_init_by_tag`.
func memoryLayout(_ extents: [Int], _ tag: dnnl_format_tag_t) throws(BackendError) -> Layout {
  var layout = Layout()
  let dimensions = extents.map { dnnl_dim_t($0) }
  try check(
    "dnnl_memory_desc_init_by_tag",
    dnnl_memory_desc_init_by_tag(
      &layout, Int32(extents.count), dimensions, dnnl_f32, tag))
  return layout
}

/// The bytes a layout takes.
///
/// Calls `dnnl_memory_desc_get_size`.
func byteCount(_ layout: Layout) -> Int {
  withUnsafePointer(to: layout) { dnnl_memory_desc_get_size($0) }
}

/// A oneDNN memory: a layout and where its values are.
///
/// Unchecked because packed weights are shared between lanes, which only read them.
final class Memory: @unchecked Sendable {
  let handle: dnnl_memory_t
  let layout: Layout

  /// Wraps values that someone else owns, or none yet.
  ///
  /// Calls `dnnl_memory_create`.
  init(_ layout: Layout, at values: UnsafeMutableRawPointer?, engine: Engine) throws(BackendError) {
    var handle: dnnl_memory_t?
    var copy = layout
    try check(
      "dnnl_memory_create",
      dnnl_memory_create(&handle, &copy, engine.handle, values ?? conednn_no_buffer()))
    guard let handle else {
      throw BackendError(place: "dnnl_memory_create", problem: "no memory")
    }
    self.handle = handle
    self.layout = layout
  }

  deinit { dnnl_memory_destroy(handle) }

  /// Points to other values of the same layout.
  ///
  /// Calls `dnnl_memory_set_data_handle`.
  func point(to values: UnsafeMutableRawPointer) throws(BackendError) {
    try check("dnnl_memory_set_data_handle", dnnl_memory_set_data_handle(handle, values))
  }
}

/// Memory that owns its values, 64-byte aligned and zero at first.
final class OwnedMemory: @unchecked Sendable {
  let memory: Memory
  let values: UnsafeMutableRawPointer

  init(_ layout: Layout, engine: Engine) throws(BackendError) {
    let bytes = max(byteCount(layout), 64)
    let values = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    values.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    do {
      memory = try Memory(layout, at: values, engine: engine)
    } catch {
      values.deallocate()
      throw error
    }
    self.values = values
  }

  deinit { values.deallocate() }
}
