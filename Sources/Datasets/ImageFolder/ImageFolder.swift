public import Files
import Foundation
import Synchronization
import Tensors

/// Photographs in one folder a class.
public struct ImageFolder: Sendable {
  /// One file and its class.
  private struct Entry: Sendable {
    var name: String
    var label: Int
    /// Its position in the list, or among all files in the order of their names.
    var index: Int
  }

  private let folder: String
  private let classNames: [String]
  private let entries: [Entry]
  /// What was taken for what.
  private var note: String?

  /// Looks into a folder; no image is opened.
  ///
  /// The class of an image is the position of its folder among all, in the order of their names.
  ///
  /// - Parameters:
  ///   - folder: the folder of the classes' folders, for ImageNet `val`.
  ///   - list: a text file with one `class/file` a line, the images to use in their order; without
  ///     one all JPEG and PNG files are used in the order of their names.
  /// - Throws: ``FileError`` when there are no classes or images, or the list names others.
  public init(_ folder: String, list: String? = nil) throws(FileError) {
    self.folder = folder
    classNames = try Self.names(in: folder).filter { Self.isFolder("\(folder)/\($0)") }
    guard classNames.count > 1 else {
      throw FileError(
        folder, kind: .missing,
        problem: "holds \(classNames.count) folders; expected one a class, with the images inside")
    }
    let labels = Dictionary(
      classNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    entries =
      if let list { try Self.entries(listed: list, labels) } else {
        try Self.entries(in: folder, classNames)
      }
  }

  /// Looks for validation images in one folder with a list of their classes beside it.
  ///
  /// - Parameter root: the folder of Tiny ImageNet, or the root of torchvision's ImageNet.
  /// - Returns: nil where there is no such list.
  /// - Throws: ``FileError`` when a list is damaged or names what is not there.
  public static func withList(_ root: String) throws(FileError) -> ImageFolder? {
    if let tiny = try tinyImageNet(root) {
      return try ImageFolder(
        tiny.folder, tiny.classes, tiny.images,
        note:
          "the classes of Tiny ImageNet were numbered in the order of their names, as in folders "
          + "of training images, not in that of wnids.txt")
    }
    guard let found = try imageNet(root) else { return nil }
    return try ImageFolder(found.folder, found.classes, found.images, note: nil)
  }

  private init(
    _ folder: String, _ classes: [String], _ images: [Labelled], note: String?
  ) throws(FileError) {
    self.folder = folder
    classNames = classes
    self.note = note
    let labels = Dictionary(
      classes.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var entries: [Entry] = []
    for (file, className) in images {
      guard let label = labels[className], !file.contains("/"), file != ".." else {
        throw FileError(
          folder, file, problem: "its class is “\(className)”, which is none of \(classes.count)")
      }
      entries.append(Entry(name: file, label: label, index: entries.count))
    }
    self.entries = entries
  }

  /// The number of images.
  public var count: Int { entries.count }

  /// The number of classes.
  public var classes: Int { classNames.count }

  /// Decodes images.
  ///
  /// - Parameters:
  ///   - preprocessing: what is done to each.
  ///   - positions: which; all by default.
  /// - Returns: the images as the network sees them.
  /// - Throws: ``FileError`` naming the first image that cannot be decoded or has another size.
  public func dataset(
    _ preprocessing: Preprocessing, positions: Range<Int>? = nil
  ) throws(FileError) -> Dataset {
    let chosen = Array(entries[(positions ?? 0..<count).clamped(to: 0..<count)])
    var bytes: [UInt8] = []
    var shape: FeatureShape?
    for group in stride(from: 0, to: chosen.count, by: Self.imagesAtOnce) {
      let part = Array(chosen[group..<min(group + Self.imagesAtOnce, chosen.count)])
      for (entry, picture) in zip(part, try pictures(part, preprocessing)) {
        let own = FeatureShape(channels: 3, height: picture.height, width: picture.width)
        guard own == shape ?? own else {
          throw FileError(
            "\(folder)/\(entry.name)",
            problem: "is \(own) after \(preprocessing.rawValue), the ones before it are "
              + "\(shape ?? own); choose a preprocessing that crops")
        }
        if shape == nil { bytes.reserveCapacity(chosen.count * own.count) }
        shape = own
        bytes += picture.planes
      }
    }
    guard let shape else { throw FileError(folder, problem: "has no image at these positions") }
    var description = DatasetDescription(
      name: "imagenet", shape: shape, classes: classNames.count, classNames: classNames)
    description.guesses = [note].compactMap(\.self)
    return try Dataset(
      description,
      pixels: .bytes(bytes, offset: 0, stride: shape.count), labels: chosen.map(\.label),
      indices: chosen.map(\.index), files: [folder])
  }

  private static let imagesAtOnce = 64

  /// Decodes some images on all cores.
  private func pictures(
    _ entries: [Entry], _ preprocessing: Preprocessing
  ) throws(FileError) -> [Picture] {
    let results = Results(count: entries.count)
    DispatchQueue.concurrentPerform(iterations: entries.count) { position in
      let path = "\(folder)/\(entries[position].name)"
      results.set(
        Result { () throws(FileError) in
          preprocessing.applied(to: try Self.picture(at: path))
        }, at: position)
    }
    var pictures: [Picture] = []
    for result in results.all { pictures.append(try result.get()) }
    return pictures
  }

  /// Decodes a file by its first bytes, whatever its name.
  static func picture(at path: String) throws(FileError) -> Picture {
    let bytes = try FileContents.read(path, limit: 1 << 28)
    if bytes.starts(with: JPEGFile.start) { return try JPEGFile.picture(bytes, path: path) }
    if bytes.starts(with: PNGFile.start) { return try PNGFile.picture(bytes, path: path) }
    throw FileError(path, problem: "is neither JPEG nor PNG; convert it to one of them")
  }
}

// MARK: - Names

extension ImageFolder {
  private static func entries(
    in folder: String, _ classNames: [String]
  ) throws(FileError) -> [Entry] {
    var entries: [Entry] = []
    for (label, name) in classNames.enumerated() {
      for file in try names(in: "\(folder)/\(name)") where isImage(file) {
        entries.append(Entry(name: "\(name)/\(file)", label: label, index: entries.count))
      }
    }
    guard !entries.isEmpty else {
      throw FileError(
        folder, kind: .missing, problem: "holds no .jpg, .jpeg or .png in its folders")
    }
    return entries
  }

  private static func entries(
    listed list: String, _ labels: [String: Int]
  ) throws(FileError) -> [Entry] {
    let text = String(decoding: try FileContents.read(list, limit: 1 << 28), as: UTF8.self)
    var entries: [Entry] = []
    for (line, name) in text.split(whereSeparator: \.isNewline).enumerated() {
      let name = name.trimmingCharacters(in: .whitespaces)
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, parts[1] != "..", parts[1] != "", let label = labels[String(parts[0])]
      else {
        throw FileError(
          list, "line \(line + 1)",
          problem: "is “\(name)”; expected class/file with the name of a class's folder")
      }
      entries.append(Entry(name: name, label: label, index: line))
    }
    guard !entries.isEmpty else { throw FileError(list, problem: "names no image") }
    return entries
  }

  /// The names in a folder, ordered by their bytes as Python orders them.
  private static func names(in folder: String) throws(FileError) -> [String] {
    try Folder.names(in: folder).filter { !$0.hasPrefix(".") }
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  private static func isImage(_ name: String) -> Bool {
    let name = name.lowercased()
    return [".jpg", ".jpeg", ".png"].contains { name.hasSuffix($0) }
  }
}

/// One place for each image, filled from several threads.
private final class Results: Sendable {
  private let places: Mutex<[Result<Picture, FileError>?]>

  init(count: Int) { places = Mutex([Result<Picture, FileError>?](repeating: nil, count: count)) }

  func set(_ result: Result<Picture, FileError>, at position: Int) {
    places.withLock { $0[position] = result }
  }

  var all: [Result<Picture, FileError>] { places.withLock { $0.compactMap { $0 } } }
}
