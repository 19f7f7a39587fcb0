import Foundation

/// Where the images that come with the program lie.
///
/// SwiftPM's own accessor knows the folder of the build and ends the process when that is gone, so
/// that a program that was installed or copied would not find them.
enum SampleFile {
  /// The sample of a data set, or nil where none is found.
  static func path(of name: String) -> String? {
    programs.flatMap(folders(beside:)).map { "\($0)/\(name)-500.h5" }.first {
      FileManager.default.fileExists(atPath: $0)
    }
  }

  /// Where the samples may be for a program: as built, and as installed.
  static func folders(beside program: String) -> [String] {
    let folder = URL(fileURLWithPath: program).deletingLastPathComponent()
    return [
      folder.appendingPathComponent("robeval_Datasets.resources/Samples"),
      folder.deletingLastPathComponent().appendingPathComponent("share/robeval/Samples"),
    ].map(\.path)
  }

  /// The running program with symbolic links followed, then the file that this code was loaded
  /// from: a test bundle may be loaded by a program that lies elsewhere.
  private static var programs: [String] {
    let running = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return [running, loadedFile].compactMap(\.self)
  }

  /// The file whose mapping holds this code, from lines such as `7f00-7f80 r-xp 0 08:01 9 /path`.
  private static var loadedFile: String? {
    guard let maps = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8) else {
      return nil
    }
    let address = UInt(bitPattern: #dsohandle)
    for line in maps.split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard fields.count == 6, ends.count == 2, ends[0]..<ends[1] ~= address else { continue }
      return fields[5].trimmingCharacters(in: .whitespaces)
    }
    return nil
  }
}
