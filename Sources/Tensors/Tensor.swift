/// A dense, row-major array of `Float` with a shape, 64-byte aligned, with value semantics.
///
/// Copies share storage until one of them is changed.
public struct Tensor: Sendable {
  /// The extents, outermost first; a scalar has none.
  public let shape: [Int]
  private var storage: AlignedStorage

  /// The number of elements.
  public var count: Int { storage.count }

  /// Creates a tensor filled with one value.
  ///
  /// - Parameters:
  ///   - shape: extents, none negative.
  ///   - value: what every element becomes.
  /// - Precondition: the product of the extents fits in memory.
  public init(shape: [Int], repeating value: Float = 0) {
    precondition(shape.allSatisfy { $0 >= 0 }, "a tensor's extents are not negative")
    self.shape = shape
    storage = AlignedStorage(count: shape.reduce(1, *))
    storage.elements.update(repeating: value)
  }

  /// Creates a tensor from its elements in row-major order.
  ///
  /// - Parameters:
  ///   - shape: extents whose product is the number of elements.
  ///   - elements: the values.
  /// - Precondition: the count fits the shape.
  public init(shape: [Int], elements: some Collection<Float>) {
    precondition(
      shape.reduce(1, *) == elements.count, "a tensor has as many elements as its shape says")
    self.shape = shape
    storage = AlignedStorage(count: elements.count)
    _ = storage.elements.update(fromContentsOf: elements)
  }

  /// The elements in row-major order, as a copy in O(n).
  public var elements: [Float] { Array(storage.elements) }

  /// The element at a row-major position.
  public subscript(position: Int) -> Float {
    get { storage.elements[position] }
    set {
      makeUnique()
      storage.elements[position] = newValue
    }
  }

  /// The same elements under another shape.
  ///
  /// - Parameter shape: extents with the same product.
  /// - Returns: a tensor that shares storage with this one.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "reshaping keeps the number of elements")
    return Tensor(shape: shape, storage: storage)
  }

  /// The elements with the axes in another order: result axis `i` is this tensor's axis `axes[i]`.
  ///
  /// - Parameter axes: a permutation of the axis numbers.
  /// - Returns: a new tensor. O(n).
  public func transposed(_ axes: [Int]) -> Tensor {
    precondition(axes.sorted() == Array(shape.indices), "axes are a permutation")
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let extents = axes.map { shape[$0] }
    let steps = axes.map { strides[$0] }
    let result = Tensor(shape: extents)
    var index = [Int](repeating: 0, count: extents.count)
    var source = 0
    for position in 0..<count {
      result.storage.elements[position] = storage.elements[source]
      for axis in extents.indices.reversed() {
        index[axis] += 1
        source += steps[axis]
        if index[axis] < extents[axis] { break }
        source -= index[axis] * steps[axis]
        index[axis] = 0
      }
    }
    return result
  }

  /// Calls a closure with the elements in place.
  ///
  /// - Parameter body: reads the elements; the buffer is valid only inside.
  /// - Returns: what the closure returns.
  @inlinable
  public func withUnsafeElements<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R
  {
    try body(UnsafeBufferPointer(buffer))
  }

  /// Calls a closure that may change the elements in place.
  ///
  /// - Parameter body: changes the elements; the buffer is valid only inside.
  /// - Returns: what the closure returns.
  @inlinable
  public mutating func withUnsafeMutableElements<R>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> R
  ) rethrows -> R {
    makeUnique()
    return try body(buffer)
  }

  @usableFromInline
  var buffer: UnsafeMutableBufferPointer<Float> { storage.elements }

  @usableFromInline
  mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
  }

  private init(shape: [Int], storage: AlignedStorage) {
    self.shape = shape
    self.storage = storage
  }
}

extension Tensor: Equatable {
  /// Whether shapes and all elements are equal as floating-point values.
  public static func == (left: Tensor, right: Tensor) -> Bool {
    left.shape == right.shape && left.storage.elements.elementsEqual(right.storage.elements)
  }
}

/// The memory behind a ``Tensor``.
///
/// Unchecked because the compiler cannot see that it is written only while uniquely referenced.
final class AlignedStorage: @unchecked Sendable {
  let elements: UnsafeMutableBufferPointer<Float>
  private let memory: UnsafeMutableRawPointer

  var count: Int { elements.count }

  /// Elements start as zero.
  init(count: Int) {
    memory = .allocate(byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    let start = memory.bindMemory(to: Float.self, capacity: count)
    start.initialize(repeating: 0, count: count)
    elements = UnsafeMutableBufferPointer(start: start, count: count)
  }

  func copy() -> AlignedStorage {
    let twin = AlignedStorage(count: count)
    _ = twin.elements.update(fromContentsOf: elements)
    return twin
  }

  deinit { memory.deallocate() }
}
