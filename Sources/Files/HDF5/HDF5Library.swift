import CHDF5
import Synchronization

/// The one door to the HDF5 library, which writes: every call happens under one lock.
enum HDF5Library {
  private static let lock = Mutex<Bool>(false)

  /// Runs calls of the library that belong together.
  ///
  /// Must not be nested: the lock is not recursive.
  static func locked<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // The result never leaves the calling thread; Mutex cannot know.
    nonisolated(unsafe) var result: Swift.Result<Result, Failure>?
    lock.withLock { isReady in
      if !isReady {
        // The library's own exit handler would race with threads that still write.
        H5dont_atexit()
        H5open()
        isReady = true
      }
      // Printing of errors is a setting of each thread.
      chdf5_silence()
      do throws(Failure) { result = .success(try body()) } catch { result = .failure(error) }
    }
    guard let result else { preconditionFailure("the body ran") }
    return try result.get()
  }
}

/// One identifier of the library, closed by the function that belongs to its kind.
///
/// Lives and dies inside ``HDF5Library/locked(_:)``.
struct HDF5Handle: ~Copyable {
  let id: hid_t
  private let close: @convention(c) (hid_t) -> herr_t

  /// Nil when the library refused to make the identifier.
  init?(_ id: hid_t, closedBy close: @convention(c) (hid_t) -> herr_t) {
    guard id >= 0 else { return nil }
    self.id = id
    self.close = close
  }

  deinit { _ = close(id) }
}
