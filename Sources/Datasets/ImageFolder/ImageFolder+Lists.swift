import Files
import Foundation

/// Validation images in one folder, whose classes another file says.
extension ImageFolder {
  /// A file and the name of its class.
  typealias Labelled = (file: String, className: String)

  /// Tiny ImageNet's images and classes; nil where a folder is not Tiny ImageNet's.
  ///
  /// - Parameter folder: the one the archive unpacks to, with `wnids.txt` and `val`.
  /// - Returns: the folder of images, the classes ordered by their names as those of training
  ///   folders are, and the class of each file.
  /// - Throws: ``FileError`` when a list is damaged.
  static func tinyImageNet(
    _ folder: String
  ) throws(FileError) -> (folder: String, classes: [String], images: [Labelled])? {
    let classes = "\(folder)/wnids.txt"
    let annotations = "\(folder)/val/val_annotations.txt"
    guard try FileContents.exist(at: classes), try FileContents.exist(at: annotations) else {
      return nil
    }
    var images: [Labelled] = []
    for (number, line) in try lines(of: annotations).enumerated() {
      let words = line.split(separator: "\t")
      guard words.count >= 2 else {
        throw FileError(
          annotations, "line \(number + 1)",
          problem: "is “\(line)”; expected a file and its class with a tab between them")
      }
      images.append((String(words[0]), String(words[1])))
    }
    return ("\(folder)/val/images", try lines(of: classes).sorted(), images)
  }

  /// ImageNet's validation images as the archive has them, with torchvision's `meta.bin`; nil where
  /// there is none, or the images lie in folders of their classes.
  ///
  /// - Parameter folder: the root of torchvision's data set, with `meta.bin` and `val`.
  /// - Returns: the folder of images, the classes in the order of their names, and the class of each
  ///   file, the files in the order of their names.
  /// - Throws: ``FileError`` when the list does not fit the images.
  static func imageNet(
    _ folder: String
  ) throws(FileError) -> (folder: String, classes: [String], images: [Labelled])? {
    let meta = "\(folder)/meta.bin"
    let images = "\(folder)/val"
    guard try FileContents.exist(at: meta), try FileContents.isFolder(at: images) else {
      return nil
    }
    let files = try Folder.names(in: images).filter { $0.hasPrefix("ILSVRC2012_val_") }
    if files.isEmpty { return nil }
    let (classes, order) = try metadata(meta)
    guard files.count == order.count else {
      throw FileError(
        images,
        problem: "has \(files.count) images, \(meta) classes of \(order.count); unpack the archive "
          + "again")
    }
    return (images, classes, zip(files, order).map { ($0, $1) })
  }

  /// The pair that torchvision saves: names by class, and the class of every validation image.
  private static func metadata(
    _ path: String
  ) throws(FileError) -> (classes: [String], order: [String]) {
    let file = ByteReader(try FileContents.read(path, limit: 1 << 28), path: path)
    var part = file
    if file.bytes.starts(with: [0x50, 0x4b]) {
      let archive = try ZipArchive(file)
      guard let record = archive.records.first(where: { $0.name.hasSuffix("/data.pkl") }) else {
        throw file.malformed("it is a zip file without data.pkl; let torchvision write it again")
      }
      part = try archive.reader(of: record, limit: 1 << 28)
    }
    var reader = PickleReader(part)
    guard case .tuple(let pair) = try reader.value(), reader.heap.sequences[pair].count == 2,
      case .dictionary(let names) = reader.heap.sequences[pair][0],
      let order = reader.heap.texts(reader.heap.sequences[pair][1])
    else { throw file.malformed("it is not torchvision's list of classes; let it write one again") }
    return (reader.heap.dictionaries[names].compactMap { reader.heap.text($0.key) }.sorted(), order)
  }

  private static func lines(of path: String) throws(FileError) -> [String] {
    String(decoding: try FileContents.read(path, limit: 1 << 28), as: UTF8.self)
      .split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
