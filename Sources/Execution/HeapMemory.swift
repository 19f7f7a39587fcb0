internal import Foundation

/// How this process uses the C library's heap.
public enum HeapMemory {
  /// Makes blocks of a mebibyte and more go back to the system when they are freed.
  ///
  /// By default the threshold rises with every such block that is freed, so that weights which were
  /// read and then packed leave holes as large as the network. To be called before they are read.
  /// Calls `mallopt`, and does nothing where the C library has none.
  public static func returnsLargeBlocks() {
    typealias Setter = @convention(c) (_ parameter: CInt, _ value: CInt) -> CInt
    // Swift's module of the C library leaves malloc.h out.
    guard let address = dlsym(nil, "mallopt") else { return }
    let mmapThreshold: CInt = -3
    _ = unsafeBitCast(address, to: Setter.self)(mmapThreshold, 1 << 20)
  }
}
