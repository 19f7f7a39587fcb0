/// Memory that the plans of one thread use in turn.
///
/// A plan keeps nothing in it between a backward pass and the next forward pass, so a lane's plans
/// for all batch sizes need no more than the largest of them.
public final class PlanMemory {
  /// A block of bytes, 64-byte aligned, which lives as long as somebody refers to it.
  public final class Block {
    /// Its first byte.
    public let start: UnsafeMutableRawPointer
    /// Its size.
    public let count: Int

    fileprivate init(count: Int) {
      self.count = max(count, 64)
      start = .allocate(byteCount: self.count, alignment: 64)
    }

    deinit { start.deallocate() }
  }

  /// The block that plans made from now on use.
  public private(set) var block = Block(count: 0)

  /// Creates memory that is taken when a plan needs it.
  public init() {}

  /// A block for a plan: the present one, or a larger one that replaces it.
  ///
  /// Plans made before keep the former one.
  ///
  /// - Parameter count: the bytes needed.
  /// - Returns: a block of at least that size.
  public func block(of count: Int) -> Block {
    if block.count < count { block = Block(count: count) }
    return block
  }
}
