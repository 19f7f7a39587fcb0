internal import Execution
import Foundation

/// Where PyTorch is installed.
struct TorchLocation: Hashable {
  /// The folder with `libtorch_cpu.so`.
  var libraries: String

  /// Looks in `ROBEVAL_TORCH`, then in the Python installations on the `PATH`.
  ///
  /// No Python is run.
  ///
  /// - Parameter environment: the process's.
  /// - Returns: the first installation.
  /// - Throws: ``BackendError`` that says what was looked for.
  static func found(
    in environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(BackendError) -> TorchLocation {
    if let given = environment["ROBEVAL_TORCH"], !given.isEmpty {
      for folder in [given, given + "/lib", given + "/torch/lib"] where holdsLibrary(folder) {
        return TorchLocation(libraries: folder)
      }
      throw BackendError(
        place: "ROBEVAL_TORCH",
        problem: "\(given) has no lib/libtorch_cpu.so; it must name the folder of an installed "
          + "PyTorch, for example …/site-packages/torch")
    }
    let interpreters = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
      .filter { FileManager.default.isExecutableFile(atPath: $0 + "/python3") }
    for folder in interpreters.flatMap(packageFolders) where holdsLibrary(folder + "/torch/lib") {
      return TorchLocation(libraries: folder + "/torch/lib")
    }
    throw BackendError(
      place: "PyTorch",
      problem: "was not found beside python3 on the PATH; install it with `pip install torch`, or "
        + "let ROBEVAL_TORCH name the folder of the package")
  }

  /// For example `2.11.0+cu130`; nil where the package does not say.
  var version: String? {
    guard let text = try? String(contentsOfFile: libraries + "/../version.py", encoding: .utf8),
      let match = text.firstMatch(of: /__version__ = ['"]([^'"]+)['"]/)
    else { return nil }
    return String(match.1)
  }

  private static func holdsLibrary(_ folder: String) -> Bool {
    FileManager.default.fileExists(atPath: folder + "/libtorch_cpu.so")
  }

  /// The folders in which an interpreter's packages may lie, those of newer versions first.
  private static func packageFolders(besides interpreters: String) -> [String] {
    let prefix = (interpreters as NSString).deletingLastPathComponent
    return ["/lib", "/lib64", "/local/lib"].flatMap { library in
      let versions =
        ((try? FileManager.default.contentsOfDirectory(atPath: prefix + library)) ?? [])
        .filter { $0.hasPrefix("python3") }
        .sorted { $0.compare($1, options: .numeric) == .orderedDescending }
      return versions.flatMap { version in
        ["site-packages", "dist-packages"].map { "\(prefix)\(library)/\(version)/\($0)" }
      }
    }
  }
}
