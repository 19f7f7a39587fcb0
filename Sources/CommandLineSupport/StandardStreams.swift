public import Files
internal import Glibc

/// What programs write to the terminal or the next program, checked as files are.
public enum StandardOutput {
  /// Makes failed writes visible; to be called before anything else.
  ///
  /// A closed pipe becomes an error in place of a signal that ends the process without a word.
  /// Streams that the caller closed are opened on nothing, so that no file takes their numbers and
  /// receives what is meant for them.
  public static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    // A file that grows beyond the limit of the shell, likewise.
    signal(SIGXFSZ, SIG_IGN)
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
      // Takes the lowest free number, which is the stream's. Only standard error may swallow.
      _ = open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes text.
  ///
  /// - Parameter text: as it is.
  /// - Throws: `FileError` when it did not arrive: a full disk, a closed pipe, no output at all.
  public static func write(_ text: String) throws(FileError) {
    guard StandardStream.write(text, to: STDOUT_FILENO) else {
      throw FileError(
        "standard output", kind: .unwritable,
        problem: systemProblem("cannot be written"))
    }
  }

  /// Writes a line, or several.
  ///
  /// - Parameter text: without the last newline.
  /// - Throws: `FileError` when it did not arrive.
  public static func writeLine(_ text: String) throws(FileError) { try write(text + "\n") }
}

/// What programs tell beside their output: progress, notes and the one sentence of a failure.
public enum StandardError {
  /// Writes text, if anybody listens: a message that cannot be delivered changes no result.
  ///
  /// - Parameter text: as it is.
  public static func write(_ text: String) { _ = StandardStream.write(text, to: STDERR_FILENO) }
}

private enum StandardStream {
  /// Whether all bytes were taken; where not, `errno` says why.
  static func write(_ text: String, to stream: Int32) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(stream, $0.baseAddress, $0.count) }
      if count > 0 { rest = rest.dropFirst(count) }
      if count < 0 && errno == EAGAIN {
        var waited = pollfd(fd: stream, events: Int16(POLLOUT), revents: 0)
        poll(&waited, 1, -1)
      } else if count < 0 && errno != EINTR {
        return false
      }
    }
    return true
  }
}
