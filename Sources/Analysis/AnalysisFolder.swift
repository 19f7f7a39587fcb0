public import Files
internal import Foundation
public import Pictures

/// The texts and pictures of one analysis, which become a folder whole or not at all.
public struct AnalysisFolder: Sendable {
  /// `analysis.json`, the CSV files and `analysis.md`, by name.
  public let files: [String: String]
  /// Images, by name.
  public let images: [String: [UInt8]]
  /// The pictures, drawn where gnuplot is there.
  public let pictures: [Picture]

  /// Names what is written.
  ///
  /// - Parameters:
  ///   - result: every number.
  ///   - source: what they are of.
  ///   - markdown: the page.
  ///   - tables: CSV files by name, beside those of the pictures.
  ///   - images: by name.
  ///   - pictures: with their data.
  /// - Throws: `EncodingError` when a number is not finite.
  init(
    _ result: some Encodable, of source: AnalysisSource, markdown: String,
    tables: [String: String] = [:], images: [String: [UInt8]] = [:], pictures: [Picture]
  ) throws {
    self.images = images
    var files = tables
    files["analysis.json"] = try jsonText(of: AnalysisDocument(source: source, result: result))
    files["analysis.md"] = markdown
    for picture in pictures {
      files[picture.name + ".csv"] = picture.data
      files[picture.name + ".gp"] = picture.script()
    }
    self.files = files
    self.pictures = pictures
  }

  /// Refuses a place where something else is than an analysis.
  ///
  /// - Parameter path: of the folder.
  /// - Throws: `FileError` where something is there that is no analysis.
  public static func check(_ path: String) throws(FileError) {
    guard FileManager.default.fileExists(atPath: path) else { return }
    guard try FileContents.isFolder(at: path) else {
      throw FileError(path, kind: .unwritable, problem: "is a file; name a folder")
    }
    let names = try Folder.names(in: path)
    guard names.isEmpty || names.contains("analysis.json") else {
      throw FileError(
        path, kind: .unwritable,
        problem: "holds \(names[0]) and no analysis.json; name a folder of its own")
    }
  }

  /// Writes everything beside its place and moves it there.
  ///
  /// - Parameters:
  ///   - path: of the folder; an analysis that is there is replaced.
  ///   - gnuplot: what draws; nil leaves data and scripts undrawn.
  ///   - pdf: whether scripts make PDF too.
  /// - Throws: `FileError` when the place is taken, the disk is full, or a picture cannot be drawn.
  public func write(to path: String, drawing gnuplot: Gnuplot?, pdf: Bool = false)
    throws(FileError)
  {
    try Self.check(path)
    let replacement = FolderReplacement(of: path)
    replacement.sweep()
    let partial = replacement.partial
    do throws(FileError) {
      try Folder.make(partial)
      var files = files
      if pdf { for picture in pictures { files[picture.name + ".gp"] = picture.script(pdf: true) } }
      for (name, text) in files.sorted(by: { $0.key < $1.key }) {
        try AtomicFile.write(text, to: partial + "/" + name)
      }
      for (name, bytes) in images { try AtomicFile.write(bytes, to: partial + "/" + name) }
      if let gnuplot {
        for picture in pictures { try gnuplot.draw(picture, in: absolute(partial)) }
      }
      try replacement.commit()
    } catch {
      replacement.discard()
      throw error
    }
  }

  private func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }
}

/// What `analysis.json` holds.
private struct AnalysisDocument<Result: Encodable>: Encodable {
  let source: AnalysisSource
  let result: Result
}

/// One line of a CSV file.
///
/// - Parameter fields: what stands in it; a text with commas, quotes or line breaks is quoted.
/// - Returns: the line with its end.
func csvLine(_ fields: [String]) -> String {
  let quoted = fields.map { field in
    field.contains { $0 == "," || $0 == "\"" || $0.isNewline }
      ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
  }
  return quoted.joined(separator: ",") + "\n"
}

extension String {
  /// As Markdown shows it: nothing in it is markup, and it stays on one line of a table.
  var asMarkdown: String {
    var text = ""
    for scalar in unicodeScalars {
      if scalar.properties.generalCategory == .control {
        text += "?"
        continue
      }
      if "\\`*_{}[]<>()#+!|~&$".unicodeScalars.contains(scalar) { text += "\\" }
      text.unicodeScalars.append(scalar)
    }
    return text
  }
}
