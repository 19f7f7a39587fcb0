import Foundation
import Synchronization

/// Holds what the library writes to standard error while it computes.
///
/// The library reports a failure by printing a message and returning 1. Streams of C and C++ write
/// to the file number of C's `stderr`, which stands on a file in memory meanwhile; what Swift writes
/// to standard error goes there directly and is not held.
enum HeldMessages {
  private struct State {
    /// A file in memory; negative before it is needed.
    var file: Int32 = -1
    /// How many threads are computing.
    var holders = 0
    /// How far it was read.
    var position: off_t = 0
  }

  /// Where C's `stderr` keeps its file number; nil where it is not where glibc has it.
  ///
  /// It is changed only with the state locked.
  nonisolated(unsafe) private static let fileNumber: UnsafeMutablePointer<Int32>? = {
    typealias Inquiry = @convention(c) (UnsafeMutableRawPointer?) -> Int32
    guard let variable = dlsym(nil, "stderr"), let function = dlsym(nil, "fileno"),
      let stream = variable.load(as: UnsafeMutableRawPointer?.self)
    else { return nil }
    let place = (stream + 112).assumingMemoryBound(to: Int32.self)
    let number = unsafeBitCast(function, to: Inquiry.self)(stream)
    return number == STDERR_FILENO && place.pointee == STDERR_FILENO ? place : nil
  }()

  /// Calls `memfd_create`.
  private static func fileInMemory() -> Int32 {
    typealias Create = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
    guard let function = dlsym(nil, "memfd_create") else { return -1 }
    return unsafeBitCast(function, to: Create.self)("messages", 1)
  }

  private static let state = Mutex(State())

  /// Begins to hold; every call is followed by one of ``end()``.
  static func begin() {
    state.withLock { state in
      if state.file < 0 { state.file = fileInMemory() }
      state.holders += 1
      if state.file >= 0, state.holders == 1 { fileNumber?.pointee = state.file }
    }
  }

  /// Ends; what nobody took goes to standard error.
  static func end() {
    let rest: [UInt8] = state.withLock { state in
      state.holders -= 1
      if state.holders > 0 { return [] }
      fileNumber?.pointee = STDERR_FILENO
      return unread(&state)
    }
    if !rest.isEmpty { _ = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) } }
  }

  /// The first line of the message that came last, without what precedes the library's own words.
  ///
  /// - Returns: for example `CUDA out of memory`; nil if nothing was said.
  static func take() -> String? {
    let text = String(decoding: state.withLock { unread(&$0) }, as: UTF8.self)
    let mark = "Exception in aoti_torch: "
    let said = text.range(of: mark, options: .backwards).map { text[$0.upperBound...] } ?? text[...]
    return said.split(separator: "\n").first { !$0.allSatisfy(\.isWhitespace) }.map(String.init)
  }

  private static func unread(_ state: inout State) -> [UInt8] {
    let end = lseek(state.file, 0, SEEK_END)
    guard state.file >= 0, end > state.position else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(end - state.position))
    let count = pread(state.file, &bytes, bytes.count, state.position)
    // Written again from its start, so that it does not grow.
    ftruncate(state.file, 0)
    lseek(state.file, 0, SEEK_SET)
    state.position = 0
    return Array(bytes.prefix(max(0, count)))
  }
}
