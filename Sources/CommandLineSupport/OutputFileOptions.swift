public import ArgumentParser
internal import Glibc

/// What may happen to a file that is there already where a command wants to write.
public struct OutputFileOptions: ParsableArguments, Sendable {
  /// Whether an existing file may be replaced.
  @Flag(help: "Replace the output file where it exists.")
  public var force = false

  /// Creates the defaults.
  public init() {}

  /// Refuses to destroy anything: an input always, another file unless that was asked for.
  ///
  /// - Parameters:
  ///   - output: the file that will be written.
  ///   - option: what names it on the command line.
  ///   - inputs: everything that is read, with what names it there.
  /// - Throws: ``UsageError`` where writing would destroy something.
  ///
  /// Files are the same when they have the same device and number, whatever links or spellings
  /// lead there. Calls `stat`.
  public func check(
    _ output: String, named option: String, isNoneOf inputs: [(name: String, path: String?)]
  ) throws(UsageError) {
    if output.isEmpty { throw UsageError(option, "is empty; name a file") }
    let own = FileNumber(output)
    for input in inputs {
      guard let path = input.path, let own, own == FileNumber(path) else { continue }
      throw UsageError(
        option,
        "\(output) is the file that \(input.name) reads; give another name, so that it stays")
    }
    var status = stat()
    // The name itself: what it links to stays, wherever that is.
    guard lstat(output, &status) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFREG, S_IFLNK:
      if force { return }
      throw UsageError(
        option, "\(output) is there already; give another name, or --force to replace it")
    case S_IFDIR:
      throw UsageError(option, "\(output) is a folder; name a file in it")
    default:
      throw UsageError(option, "\(output) is a device or a pipe; name a file")
    }
  }
}

/// What tells whether two names mean one file.
private struct FileNumber: Equatable {
  let device: dev_t
  let number: ino_t

  /// Nil where there is nothing; links are followed.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (device, number) = (status.st_dev, status.st_ino)
  }
}
