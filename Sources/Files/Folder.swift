import Glibc

/// Folders, with the system's own words for what fails.
public enum Folder {
  /// Makes a folder, and those on the way to it, where they are not there.
  ///
  /// - Parameter path: of the folder.
  /// - Throws: ``FileError`` when one cannot be made.
  ///
  /// Calls `mkdir`.
  public static func make(_ path: String) throws(FileError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += part + "/"
      guard mkdir(made, 0o777) != 0, errno != EEXIST else { continue }
      throw FileError(path, kind: .unwritable, problem: systemProblem("cannot be made"))
    }
    guard try FileContents.isFolder(at: path) else {
      errno = ENOTDIR
      throw FileError(path, kind: .unwritable, problem: systemProblem("cannot be made"))
    }
  }

  /// The names in a folder, ordered by their bytes.
  ///
  /// - Parameter path: of the folder.
  /// - Returns: all but `.` and `..`.
  /// - Throws: ``FileError`` when it cannot be listed, or a name is not UTF-8.
  ///
  /// Calls `opendir` and `readdir`.
  public static func names(in path: String) throws(FileError) -> [String] {
    guard let folder = opendir(path) else {
      throw FileError(path, kind: .missing, problem: systemProblem("cannot be listed"))
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name == Array(".".utf8) || name == Array("..".utf8) { continue }
      guard let text = String(validating: name, as: UTF8.self) else {
        throw FileError(
          path,
          problem: "holds the file “\(String(decoding: name, as: UTF8.self))”, whose name is not "
            + "UTF-8; rename it")
      }
      names.append(text)
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
