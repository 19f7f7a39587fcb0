import Glibc

/// What failed with the system's own words for why, and what helps.
///
/// - Parameter what: a clause about what failed.
/// - Returns: the clause, what `errno` stands for, and the remedy where there is one.
public func systemProblem(_ what: String) -> String {
  let number = errno
  let problem = "\(what): \(String(cString: strerror(number)))"
  return remedies[number].map { "\(problem); \($0)" } ?? problem
}

private let remedies: [Int32: String] = [
  ENOENT: "check the path, and that its folder is there",
  ENOTDIR: "check the path; a part of it is a file",
  EISDIR: "give the path of a file",
  ELOOP: "its links lead in a circle; give the file they were meant for",
  ENAMETOOLONG: "choose a shorter name",
  EACCES: "change its permissions or those of its folder with chmod, or use a copy",
  EPERM: "change its permissions or those of its folder, or choose another place",
  EROFS: "choose another place",
  ENOSPC: "make room, or choose another place",
  EDQUOT: "make room, or choose another place",
  EFBIG: "raise the limit on the size of files (ulimit -f), or choose another place",
  EMFILE: "raise the limit on open files (ulimit -n)",
  ENFILE: "close other programs that hold many files",
  EIO: "the disk or the connection to it fails: use a copy elsewhere",
  ESTALE: "the file system was mounted anew: repeat the command",
  EPIPE: "the program that reads it has ended",
  ETXTBSY: "another program uses it; choose another place",
]
