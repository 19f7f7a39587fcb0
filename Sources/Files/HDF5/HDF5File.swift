/// An HDF5 file open for reading, which may be hostile.
///
/// Only links within the file are followed, so nothing outside of it is opened. Every size is compared with
/// the size of the file before memory is taken. Files as h5py, Keras and this program write them
/// are understood; what only `libver='latest'` writes is refused by name.
public struct HDF5File: ~Copyable, Sendable {
  /// What a name stands for.
  public enum Kind: Hashable, Sendable {
    /// A folder of further names.
    case group
    /// An array.
    case dataset
    /// A named type or something newer.
    case other
  }

  let source: HDF5Source
  let memory = HDF5Memory()
  let root: UInt64

  /// The file.
  public var path: String { source.path }
  /// Its size in bytes.
  public var size: Int { source.size }

  /// Opens a file.
  ///
  /// - Parameter path: the file.
  /// - Throws: ``FileError`` when it is missing or not HDF5.
  public init(reading path: String) throws(FileError) {
    var source = try HDF5Source(path)
    let (base, root) = try Self.locate(source)
    source.base = base
    self.source = source
    self.root = root
  }

  /// Opens a file that lies plainly within another, as in a zip archive.
  ///
  /// - Parameters:
  ///   - path: the outer file.
  ///   - range: the positions of its bytes.
  /// - Throws: ``FileError`` when it is not HDF5.
  public init(reading path: String, at range: Range<Int>) throws(FileError) {
    var source = try HDF5Source(path, at: range)
    let start = try source.reader(at: UInt64(range.lowerBound), count: 96, "superblock")
    let signature = Self.signature
    guard start.bytes.starts(with: signature) else {
      throw FileError(path, problem: "the HDF5 file inside is damaged; get it again")
    }
    root = try Self.root(start, size: range.count)
    source.base = range.lowerBound
    self.source = source
  }

  private static var signature: [UInt8] { [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] }

  /// Where addresses count from, and the address of the root group.
  private static func locate(
    _ source: borrowing HDF5Source
  ) throws(FileError) -> (base: Int, root: UInt64) {
    // Other programs may put text of 512, 1024, 2048 … bytes in front.
    var position = 0
    while position + 96 <= source.size {
      let start = try source.reader(at: UInt64(position), count: 96, "superblock")
      if start.bytes.starts(with: Self.signature) {
        return (position, try root(start, size: source.size))
      }
      position = max(512, 2 * position)
    }
    throw FileError(
      source.path,
      problem: FileNature.problem(of: source.path)
        ?? "is not an HDF5 file, or is cut off; get it again")
  }

  /// The address of the root group.
  private static func root(_ start: ByteReader, size: Int) throws(FileError) -> UInt64 {
    var start = start
    _ = try start.slice(8)
    let version = try start.byte()
    guard version <= 3 else { throw start.malformed("has version \(version); at most 3 is known") }
    if version < 2 { _ = try start.slice(4) }
    guard try start.byte() == 8, try start.byte() == 8 else {
      throw start.malformed("uses addresses that are not of 8 bytes")
    }
    if version < 2 { _ = try start.slice(version == 0 ? 9 : 13) } else { _ = try start.byte() }
    _ = try start.slice(16)
    let end: UInt64 = try start.number()
    guard end <= UInt64(size) else {
      throw start.malformed("says the file has \(end) bytes, but it has \(size); it is cut off")
    }
    if version < 2 { _ = try start.slice(16) }
    return try start.number()
  }

  /// No array may claim more bytes than this, whatever its compression.
  public var largestArray: Int { 4 * size + 1 << 26 }

  /// What a name stands for.
  ///
  /// - Parameter name: names separated by slashes, from the root.
  /// - Returns: nil when there is no such name.
  /// - Throws: ``FileError`` when a link on the way leads elsewhere or nowhere.
  public func kind(of name: String) throws(FileError) -> Kind? {
    try objectIfPresent(name)?.kind
  }

  /// The names in a group, in the file's order.
  ///
  /// - Parameter group: names separated by slashes, from the root; the root itself is `/`.
  /// - Returns: the names.
  /// - Throws: ``FileError`` when it is not a readable group, or holds too many names.
  public func children(of group: String = "/") throws(FileError) -> [String] {
    let object = try object(group)
    guard object.kind == .group else { throw error(group, "is not a group") }
    return try memory.links(source, of: object).links.map(\.name)
  }

  func tooDeep(_ name: String) -> FileError {
    error(name, "lies in groups nested deeper than \(Self.deepestName); store it higher up")
  }

  func error(_ place: String?, _ problem: String) -> FileError {
    FileError(path, place, problem: problem)
  }

  func object(_ name: String) throws(FileError) -> HDF5Object {
    guard let object = try objectIfPresent(name) else { throw error(name, "is missing") }
    return object
  }

  func objectIfPresent(_ name: String) throws(FileError) -> HDF5Object? {
    try objectIfPresent(name, linksLeft: Self.mostLinks)
  }

  /// How many soft links may lead to one another.
  private static var mostLinks: Int { 16 }

  private func objectIfPresent(
    _ name: String, linksLeft: Int
  ) throws(FileError) -> HDF5Object? {
    let name = name.trimmingSlashes
    if let address = memory.address(of: name) {
      return try memory.object(source, at: address, name)
    }
    var object = try memory.object(source, at: root, "/")
    var prefix = ""
    let components = name.split(separator: "/")
    guard components.count <= Self.deepestName else { throw tooDeep(name) }
    for component in components {
      let group = prefix
      prefix += prefix.isEmpty ? String(component) : "/" + component
      guard object.kind == .group else { return nil }
      guard let link = try memory.links(source, of: object)[String(component)] else { return nil }
      let address = try address(of: link, prefix, in: group, linksLeft: linksLeft)
      object = try memory.object(source, at: address, prefix)
    }
    return object
  }

  /// Where a link leads, if that is inside the file.
  ///
  /// - Parameters:
  ///   - link: of a group.
  ///   - name: its full name.
  ///   - group: the full name of the group, where names without a leading slash count from.
  /// - Returns: the address of an object.
  /// - Throws: ``FileError`` when it leads outside the file, nowhere or in circles.
  func address(
    of link: HDF5Link, _ name: String, in group: String
  ) throws(FileError) -> UInt64 {
    try address(of: link, name, in: group, linksLeft: Self.mostLinks)
  }

  private func address(
    of link: HDF5Link, _ name: String, in group: String, linksLeft: Int
  ) throws(FileError) -> UInt64 {
    switch link.target {
    case .object(let address): return address
    case .elsewhere:
      throw error(name, "is a link to elsewhere; copy what it stands for into the file")
    case .name(let path):
      guard linksLeft > 0 else {
        throw error(
          name, "is a link that leads in circles; store what it stands for under its name")
      }
      try source.spend(Self.bytesPerName, name)
      let full = path.hasPrefix("/") || group.isEmpty ? path : group + "/" + path
      guard let object = try objectIfPresent(full, linksLeft: linksLeft - 1) else {
        throw error(name, "is a link to “\(path)”, which is missing; store that name too")
      }
      return object.address
    }
  }
}

extension String {
  /// Without the slashes at both ends.
  var trimmingSlashes: String {
    guard utf8.first == UInt8(ascii: "/") || utf8.last == UInt8(ascii: "/") else { return self }
    return String(drop { $0 == "/" }.reversed().drop { $0 == "/" }.reversed())
  }
}
