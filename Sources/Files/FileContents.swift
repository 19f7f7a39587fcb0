import Glibc

/// Reading whole files into memory.
public enum FileContents {
  /// The size of a regular file.
  ///
  /// - Parameter path: the file.
  /// - Returns: its size in bytes.
  /// - Throws: ``FileError`` when there is none, or when it is a directory, a pipe or a device.
  public static func size(of path: String) throws(FileError) -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw FileError(path, kind: .missing, problem: systemProblem("cannot be found"))
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return Int(status.st_size)
    case S_IFDIR:
      let isSavedModel = access(path + "/saved_model.pb", F_OK) == 0
      throw FileError(
        path, kind: .missing,
        problem: isSavedModel
          ? "is a TensorFlow SavedModel; convert it to ONNX, for instance with tf2onnx"
          : "is a folder; give the path of a file")
    default:
      // Opening a pipe would wait for its other end.
      throw FileError(
        path, kind: .missing,
        problem: "is a pipe or a device; write what it gives into a file first")
    }
  }

  /// Whether there is a file or folder, as far as one may know.
  ///
  /// - Parameter path: where it would be.
  /// - Returns: false only where there is nothing.
  /// - Throws: ``FileError`` when a folder on the way may not be looked into.
  public static func exist(at path: String) throws(FileError) -> Bool {
    var status = stat()
    if stat(path, &status) == 0 { return true }
    if [ENOENT, ENOTDIR].contains(errno) { return false }
    throw FileError(path, kind: .missing, problem: systemProblem("cannot be looked for"))
  }

  /// Whether there is a folder, as far as one may know.
  ///
  /// - Parameter path: where it would be.
  /// - Returns: false where there is nothing, or a file.
  /// - Throws: ``FileError`` when a folder on the way may not be looked into.
  public static func isFolder(at path: String) throws(FileError) -> Bool {
    var status = stat()
    return try exist(at: path) && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The bytes of a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - limit: a larger file is refused before any memory is taken.
  /// - Returns: all its bytes.
  /// - Throws: ``FileError`` when it is missing, unreadable or too large.
  public static func read(_ path: String, limit: Int = 1 << 34) throws(FileError) -> [UInt8] {
    let size = try size(of: path)
    guard size <= limit else {
      throw FileError(path, problem: "has \(size) bytes; at most \(limit) can be read")
    }
    return try prefix(of: path, count: size)
  }

  /// The first bytes of a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - count: how many are wanted.
  /// - Returns: that many bytes, or all where the file is shorter.
  /// - Throws: ``FileError`` when it is missing or unreadable.
  public static func prefix(of path: String, count: Int) throws(FileError) -> [UInt8] {
    let wanted = min(count, try size(of: path))
    let file = try OpenFile(reading: path)
    var problem: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, initialized in
      do throws(FileError) {
        while initialized < wanted {
          let rest = UnsafeMutableRawBufferPointer(
            UnsafeMutableBufferPointer(rebasing: buffer[initialized..<wanted]))
          let got = try file.read(into: rest)
          if got == 0 { break }
          initialized += got
        }
      } catch { problem = error }
    }
    if let problem { throw problem }
    return bytes
  }
}

/// An open file descriptor, closed when it goes out of scope.
struct OpenFile: ~Copyable {
  let descriptor: Int32
  let path: String

  init(reading path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw FileError(path, kind: .missing, problem: systemProblem("cannot be opened"))
    }
  }

  init(creating path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw FileError(path, kind: .unwritable, problem: systemProblem("cannot be created"))
    }
  }

  /// Opens a file for reading and writing, making it when absent; not through a symbolic link.
  init(growing path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else {
      let problem =
        errno == ELOOP
        ? "is a symbolic link; put the file itself there" : systemProblem("cannot be written")
      throw FileError(path, kind: .unwritable, problem: problem)
    }
  }

  /// Reads some bytes; 0 at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    while true {
      let got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if got >= 0 { return got }
      guard errno == EINTR else {
        throw FileError(path, kind: .missing, problem: systemProblem("cannot be read"))
      }
    }
  }

  func write(_ bytes: [UInt8]) throws(FileError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if count > 0 { written += count }
      if count < 0 && errno != EINTR {
        throw FileError(path, kind: .unwritable, problem: systemProblem("cannot be written"))
      }
    }
  }

  func synchronize() throws(FileError) {
    guard fsync(descriptor) == 0 else {
      throw FileError(path, kind: .unwritable, problem: systemProblem("cannot be flushed to disk"))
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
