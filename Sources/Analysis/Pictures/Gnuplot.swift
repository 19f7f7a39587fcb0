public import Files
internal import Foundation

/// The program that draws pictures, where it is installed.
public struct Gnuplot: Sendable {
  private let path: String

  /// Finds it on the `PATH`; nil where it is not.
  public init?() {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let found = folders.map { "\($0)/gnuplot" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let found else { return nil }
    path = found
  }

  /// Draws a picture whose data and script are in a folder.
  ///
  /// - Parameters:
  ///   - picture: which; SVG and PNG appear beside its script.
  ///   - folder: where they are.
  /// - Throws: `FileError` with gnuplot's own words where it fails.
  public func draw(_ picture: Picture, in folder: String) throws(FileError) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = [picture.name + ".gp"]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    // Settings of the user's own would make another picture.
    process.environment = ProcessInfo.processInfo.environment
      .filter { !$0.key.hasPrefix("GNUPLOT") }
      .merging(["HOME": folder, "LC_ALL": "C.UTF-8"]) { $1 }
    let messages = Pipe()
    process.standardError = messages
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    var said = ""
    do {
      try process.run()
      said = String(
        decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
    } catch {
      throw FileError(
        path, kind: .unwritable, problem: "cannot be started; install gnuplot-nox anew")
    }
    let made = ["svg", "png"].allSatisfy {
      let size =
        try? FileManager.default.attributesOfItem(
          atPath: "\(folder)/\(picture.name).\($0)")[.size] as? Int
      return (size ?? 0) > 0
    }
    if process.terminationStatus == 0, made { return }
    let reason = said.split(separator: "\n").last { $0.contains(where: \.isLetter) }
    throw FileError(
      path, kind: .unwritable,
      problem: "could not draw \(picture.name).gp"
        + (reason.map { " (\($0.trimmingPrefix { $0 == " " }))" } ?? "")
        + "; update gnuplot-nox, or take it off the PATH to get data and script only")
  }
}
