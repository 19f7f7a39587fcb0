internal import Execution
internal import Tensors

/// A device of the library, and in which numbers it computes.
///
/// Operators are methods. Unchecked because what it refers to does not change.
final class TorchContext: @unchecked Sendable {
  let library: TorchLibrary
  let functions: TorchFunctions
  let device: TorchDevice
  let precision: TorchPrecision
  /// The library's numbers for the kind of device and for single precision.
  let deviceType: Int32
  let single: Int32
  /// The library's number for what activations are kept in.
  let activation: Int32
  /// One zero in this machine's memory.
  let zero: TorchTensor
  /// Whether the library has refused to pin memory; written by whoever finds out first.
  private var cannotPin = false
  /// Nil where the device is this machine's processor.
  let cuda: CUDAFunctions?
  /// What computes, for reports.
  let processor: String

  /// Whether activations have their channels innermost, as tensor cores want them.
  var isAccelerator: Bool { device.kind != .cpu }

  init(
    _ library: TorchLibrary, device: TorchDevice, precision: TorchPrecision
  ) throws(BackendError) {
    self.library = library
    functions = library.functions
    self.device = device
    self.precision = precision
    deviceType = device.kind == .cpu ? functions.typeOfCPU() : functions.typeOfCUDA()
    single = functions.float32()
    activation =
      switch precision {
      case .float32, .tf32: single
      case .half: functions.float16()
      case .bfloat16: functions.bfloat16()
      }
    cuda = device.kind == .cpu ? nil : try CUDAFunctions(library.symbols)
    processor = device.kind == .cpu ? Processor.vectors : try Processor.name(of: device)
    zero = try Self.zero(functions)
    if device.kind != .cpu || precision != .float32 { try probe() }
  }

  /// Makes sure that the device is there, by using it.
  private func probe() throws(BackendError) {
    try enter()
    defer { leave() }
    _ = try arranged(zero, [])
  }

  /// Calls `aoti_torch_empty_strided`.
  private static func zero(_ functions: TorchFunctions) throws(BackendError) -> TorchTensor {
    var handle: Handle?
    let status = functions.empty(
      0, nil, nil, functions.float32(), functions.typeOfCPU(), 0, &handle)
    guard status == 0, let handle, functions.zero(handle) == 0 else {
      throw BackendError(place: "torch", problem: "gives no tensor")
    }
    return TorchTensor(handle, functions)
  }

  /// Turns a status into an error with the library's own words.
  ///
  /// - Parameters:
  ///   - place: the function, for the message.
  ///   - status: 0 unless it failed.
  /// - Throws: ``BackendError`` unless it succeeded.
  func check(_ place: StaticString, _ status: Int32) throws(BackendError) {
    if status == 0 { return }
    let problem = HeldMessages.take() ?? "failed"
    throw BackendError(
      place: "torch \(place) on \(device)", problem: problem,
      isOutOfMemory: problem.contains("out of memory"))
  }

  /// Wraps what a function made.
  func made(_ place: StaticString, _ handle: Handle?) throws(BackendError) -> TorchTensor {
    guard let handle else { throw BackendError(place: "\(place)", problem: "gave no tensor") }
    return TorchTensor(handle, functions)
  }

  /// A tensor on the device with undefined values.
  ///
  /// - Parameters:
  ///   - sizes: its extents.
  ///   - type: of its values; that of activations where nil.
  ///   - channelsLast: the order in memory; the device's own where nil.
  /// - Returns: a new tensor.
  /// - Throws: ``BackendError`` when memory is short.
  func empty(
    _ sizes: [Int], type: Int32? = nil, channelsLast: Bool? = nil
  ) throws(BackendError) -> TorchTensor {
    let extents = Extents(sizes)
    let strides =
      channelsLast ?? isAccelerator ? extents.channelsLastStrides : extents.rowMajorStrides
    var handle: Handle?
    try check(
      "empty_strided",
      functions.empty(
        Int64(sizes.count), extents.sizes, strides, type ?? activation, deviceType,
        Int32(device.index), &handle))
    return try made("empty_strided", handle)
  }

  /// A row-major tensor of single precision in this machine's memory, pinned for an accelerator.
  func staging(_ sizes: [Int]) throws(BackendError) -> StagingTensor {
    let extents = Extents(sizes)
    let strides = extents.rowMajorStrides
    var handle: Handle?
    let (count, cpu) = (Int64(sizes.count), functions.typeOfCPU())
    if isAccelerator, !cannotPin {
      cannotPin =
        functions.emptyPinned(count, extents.sizes, strides, single, cpu, 0, &handle) != 0
    }
    if handle == nil {
      // Where memory cannot be pinned, copies are slower.
      try check(
        "empty_strided",
        functions.empty(count, extents.sizes, strides, single, cpu, 0, &handle))
    }
    let tensor = try made("empty_strided_pinned", handle)
    var address: UnsafeMutableRawPointer?
    try check("get_data_ptr", functions.address(tensor.handle, &address))
    guard let address else {
      throw BackendError(place: "get_data_ptr", problem: "gave no address")
    }
    return StagingTensor(
      tensor: tensor,
      values: UnsafeMutableBufferPointer(
        start: address.bindMemory(to: Float.self, capacity: extents.count), count: extents.count))
  }

  /// A list of places on the device.
  func places(_ values: [Int]) throws(BackendError) -> TorchTensor {
    let type = functions.int64()
    var handle: Handle?
    try check(
      "empty_strided",
      functions.empty(1, [Int64(values.count)], [1], type, functions.typeOfCPU(), 0, &handle))
    let list = try made("empty_strided", handle)
    var address: UnsafeMutableRawPointer?
    try check("get_data_ptr", functions.address(list.handle, &address))
    guard let numbers = address?.bindMemory(to: Int64.self, capacity: values.count) else {
      throw BackendError(place: "get_data_ptr", problem: "gave no address")
    }
    for (index, value) in values.enumerated() { numbers[index] = Int64(value) }
    if !isAccelerator { return list }
    let result = try empty([values.count], type: type)
    try copy(list, to: result)
    return result
  }

  /// Part of a row-major tensor's memory under another shape.
  func view(
    _ tensor: TorchTensor, _ sizes: [Int], offset: Int = 0
  ) throws(BackendError) -> TorchTensor {
    let extents = Extents(sizes)
    var handle: Handle?
    try check(
      "reinterpret_tensor",
      functions.view(
        tensor.handle, Int64(sizes.count), extents.sizes, extents.rowMajorStrides, Int64(offset),
        &handle))
    return try made("reinterpret_tensor", handle)
  }

  /// Copies values into a tensor, whatever its type, order and device.
  ///
  /// - Parameters:
  ///   - source: what is copied.
  ///   - target: receives it; of the same shape.
  ///   - waits: whether it has arrived on return where one of them is in this machine's memory.
  /// - Throws: ``BackendError`` when the library fails.
  func copy(
    _ source: TorchTensor, to target: TorchTensor, waits: Bool = true
  ) throws(BackendError) {
    try check("copy_", functions.copy(target.handle, source.handle, waits ? 0 : 1))
  }

  /// A copy in the device's order.
  func arranged(
    _ tensor: TorchTensor, _ sizes: [Int], type: Int32? = nil, channelsLast: Bool? = nil
  ) throws(BackendError) -> TorchTensor {
    let result = try empty(sizes, type: type, channelsLast: channelsLast)
    try copy(tensor, to: result)
    return result
  }

  /// A tensor on the device from values in memory.
  ///
  /// - Parameters:
  ///   - values: row-major.
  ///   - sizes: the extents.
  ///   - type: what they become; that of activations where nil.
  /// - Returns: a new tensor.
  /// - Throws: ``BackendError`` when the library fails.
  func constant(
    _ values: [Float], _ sizes: [Int], type: Int32? = nil
  ) throws(BackendError) -> TorchTensor {
    try constant(Tensor(shape: sizes, elements: values), sizes, type: type)
  }

  /// A tensor on the device from another in memory, under a shape with as many elements.
  func constant(
    _ tensor: Tensor, _ sizes: [Int], type: Int32? = nil
  ) throws(BackendError) -> TorchTensor {
    let result = try empty(sizes, type: type)
    try assign(tensor, to: result, sizes)
    return result
  }

  /// Puts a tensor's values into one on the device.
  func assign(
    _ tensor: Tensor, to target: TorchTensor, _ sizes: [Int]
  ) throws(BackendError) {
    let staging = try staging(sizes)
    tensor.withUnsafeElements { _ = staging.values.update(fromContentsOf: $0) }
    if !isAccelerator { return try copy(staging.tensor, to: target) }
    // The device rounds and rearranges faster than this machine.
    let raw = try empty(sizes, type: single, channelsLast: false)
    try copy(staging.tensor, to: raw)
    try copy(raw, to: target)
  }
}

/// A tensor in this machine's memory and its values.
struct StagingTensor {
  let tensor: TorchTensor
  let values: UnsafeMutableBufferPointer<Float>
}
