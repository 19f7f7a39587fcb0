public import Files
internal import Foundation

/// The program that draws pictures, where it is installed.
public struct Gnuplot: Sendable {
  private let path: String

  /// What a program says where gnuplot is absent.
  public static let absence =
    "gnuplot is not installed, so pictures are data and script only; install gnuplot-nox and "
    + "repeat the command, or run the .gp files"

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
    // On a full disk gnuplot ends well and leaves a part.
    let partial = [("svg", Array("</svg>".utf8)), ("png", Array("IEND".utf8))].first {
      !Self.ends("\(folder)/\(picture.name).\($0)", near: $1)
    }
    if process.terminationStatus == 0, partial == nil { return }
    if process.terminationStatus == 0, let partial {
      throw FileError(
        "\(folder)/\(picture.name).\(partial.0)", kind: .unwritable,
        problem: "was left incomplete by gnuplot; make room on the disk")
    }
    let reason = said.split(separator: "\n").last { $0.contains(where: \.isLetter) }
    throw FileError(
      path, kind: .unwritable,
      problem: "could not draw \(picture.name).gp"
        + (reason.map { " (\($0.trimmingPrefix { $0 == " " }))" } ?? "")
        + "; update gnuplot-nox, or take it off the PATH to get data and script only")
  }

  /// Whether a mark stands within the last 16 bytes of a file.
  private static func ends(_ path: String, near mark: [UInt8]) -> Bool {
    guard let bytes = FileManager.default.contents(atPath: path) else { return false }
    return bytes.suffix(16).firstRange(of: mark) != nil
  }
}

extension Picture {
  /// Draws where that is possible, for results that are no worse without a drawing.
  ///
  /// - Parameters:
  ///   - gnuplot: what draws, if it is installed.
  ///   - folder: where data and script are; drawings of older data there are removed.
  /// - Returns: why nothing was drawn; nil where it was.
  public func draw(by gnuplot: Gnuplot?, in folder: String) -> String? {
    for ending in ["svg", "png"] {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name).\(ending)")
    }
    guard let gnuplot else { return Gnuplot.absence }
    do throws(FileError) {
      try gnuplot.draw(self, in: URL(fileURLWithPath: folder).path)
      return nil
    } catch {
      return error.description
    }
  }
}
