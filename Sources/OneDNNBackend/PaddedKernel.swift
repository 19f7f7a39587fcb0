internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

/// A convolution's kernels with channels in whole blocks; the added ones are zero.
struct PaddedKernel {
  /// How groups are expressed to oneDNN.
  enum Grouping: Equatable {
    /// One dense kernel; several groups become blocks on its diagonal.
    case dense
    /// Every group is one channel.
    case depthwise
    /// Groups of whole blocks.
    case grouped(Int)
  }

  let name: String
  let grouping: Grouping
  /// `[outputs, inputs, height, width]`, or with the groups in front.
  let extents: [Int]
  /// `[outputs, inputs / groups, height, width]`, as in a checkpoint.
  let shape: [Int]
  private let groups: Int
  /// Whether pixels count as channels, in the order in which they lie in blocked images.
  private var isFlat = false

  /// Whether the same weights may be asked for in another form too.
  private(set) var canBePaddedOtherwise: Bool

  /// Under what packed weights are kept: name and extents.
  var key: String { name + extents.crossed }

  /// Describes a convolution's kernels.
  ///
  /// - Parameters:
  ///   - convolution: the operation.
  ///   - shape: of its weights.
  ///   - inputs: the number of channels it reads.
  ///   - paddingInputs: whether inputs come in whole blocks, as all but images do.
  init(_ convolution: Convolution, shape: [Int], inputs: Int, paddingInputs: Bool = true) {
    name = convolution.weight
    canBePaddedOtherwise = inputs < 16
    groups = convolution.groups
    self.shape = shape
    let (outputs, height, width) = (shape[0], shape[2], shape[3])
    if groups == 1 {
      grouping = .dense
    } else if groups == inputs && outputs == inputs {
      grouping = .depthwise
    } else if inputs / groups % 16 == 0 && outputs / groups % 16 == 0 {
      grouping = .grouped(groups)
    } else {
      grouping = .dense
    }
    switch grouping {
    case .dense:
      extents = [padded(outputs), paddingInputs ? padded(inputs) : inputs, height, width]
    case .depthwise: extents = [padded(outputs), 1, 1, height, width]
    case .grouped(let groups):
      extents = [groups, outputs / groups, inputs / groups, height, width]
    }
  }

  /// Kernels of one pixel that read every pixel of every channel as a channel.
  ///
  /// Images in blocks of 16 channels lie in memory as such channels do.
  func flattened() -> PaddedKernel {
    var result = PaddedKernel(self, extents: [extents[0], extents[1] * area, 1, 1])
    result.isFlat = true
    return result
  }

  /// The same kernels, which will also be asked for in another form.
  func keptForAnotherForm() -> PaddedKernel { PaddedKernel(self, extents: extents) }

  private init(_ other: PaddedKernel, extents: [Int]) {
    name = other.name
    grouping = other.grouping
    groups = other.groups
    shape = other.shape
    self.extents = extents
    canBePaddedOtherwise = true
  }

  /// The layout in which oneDNN may choose freely.
  func anyLayout() throws(BackendError) -> Layout {
    try memoryLayout(extents, dnnl_format_tag_any)
  }

  /// The row-major layout, with zeros in the added channels.
  func plainLayout() throws(BackendError) -> Layout {
    try memoryLayout(extents, extents.count == 5 ? dnnl_abcde : dnnl_abcd)
  }

  /// Whether nothing is added, so that a checkpoint's kernels are plain already.
  var isUnpadded: Bool {
    !isFlat && extents.reduce(1, *) == shape.reduce(1, *)
  }

  /// The kernels in row-major order with zeros in the added channels.
  func plainMemory(_ tensor: Tensor, engine: Engine) throws(BackendError) -> OwnedMemory {
    let memory = try OwnedMemory(plainLayout(), engine: engine)
    tensor.withUnsafeElements { elements in
      guard let values = elements.baseAddress else { return }
      pad(values, into: memory.values.assumingMemoryBound(to: Float.self))
    }
    return memory
  }

  /// Copies a checkpoint's kernels between zeros.
  func pad(_ values: UnsafePointer<Float>, into plain: UnsafeMutablePointer<Float>) {
    plain.update(repeating: 0, count: extents.reduce(1, *))
    let area = area
    forEachRow { row, place, step in
      for pixel in 0..<area { plain[place + pixel * step] = values[row + pixel] }
    }
  }

  /// The pixels of one kernel of one channel.
  var area: Int { shape[2] * shape[3] }

  /// Copies what belongs to a checkpoint's kernels, or adds it.
  func unpad(
    _ plain: UnsafePointer<Float>, into values: UnsafeMutablePointer<Float>, adding: Bool
  ) {
    let area = area
    forEachRow { row, place, step in
      for pixel in 0..<area {
        values[row + pixel] = plain[place + pixel * step] + (adding ? values[row + pixel] : 0)
      }
    }
  }

  /// Calls a closure for every channel of every kernel.
  ///
  /// - Parameter body: takes where its pixels begin in a checkpoint and where with padding, and how
  ///   far apart they are there.
  private func forEachRow(_ body: (_ row: Int, _ place: Int, _ step: Int) -> Void) {
    let inputsPerGroup = shape[1]
    let outputsPerGroup = shape[0] / groups
    for output in 0..<shape[0] {
      for input in 0..<inputsPerGroup {
        let row = output * inputsPerGroup + input
        switch grouping {
        case .dense:
          let channel = output / outputsPerGroup * inputsPerGroup + input
          if isFlat {
            body(row * area, output * extents[1] + channel / 16 * area * 16 + channel % 16, 16)
          } else {
            body(row * area, (output * extents[1] + channel) * area, 1)
          }
        case .depthwise, .grouped: body(row * area, row * area, 1)
        }
      }
    }
  }
}
