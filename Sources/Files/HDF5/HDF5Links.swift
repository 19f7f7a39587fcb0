/// One name in a group.
struct HDF5Link {
  /// What a name stands for.
  enum Target {
    /// The object at an address in the same file.
    case object(UInt64)
    /// Whatever has another name in the same file.
    case name(String)
    /// Something in another file.
    case elsewhere
  }

  var name: String
  var target: Target
}

/// Reads the names in a group.
struct HDF5Links {
  static let mostNames = 4096
  private static let longestName = 1024

  private let place: String
  private(set) var links: [HDF5Link] = []
  private var positions: [String: Int] = [:]
  private var nodesLeft = mostNames

  init(_ source: borrowing HDF5Source, of group: HDF5Object) throws(FileError) {
    place = group.place
    if var table = try group.first(.symbolTable) {
      let tree: UInt64 = try table.number()
      let heap = try Self.names(source, at: try table.number(), place)
      try readTree(source, at: tree, level: nil, heap)
    }
    for message in group.messages where message.type == .link {
      try add(try Self.link(message.contents), source)
    }
    if let information = try group.first(.linkInformation) {
      try Self.refuseDense(information, orderBytes: 8)
    }
  }

  /// The link of a name; nil when there is none.
  subscript(name: String) -> HDF5Link? { positions[name].map { links[$0] } }

  /// Links or attributes beyond eight may lie in a structure of newer files, which is not read.
  static func refuseDense(_ information: ByteReader, orderBytes: Int) throws(FileError) {
    var information = information
    _ = try information.byte()
    if try information.byte() & 1 != 0 { _ = try information.slice(orderBytes) }
    guard try information.number() as UInt64 == ByteReader.undefinedAddress else {
      throw information.malformed(
        "keeps its names in order of creation in the newest format; rewrite the file without "
          + "track_order and libver='latest'")
    }
  }

  private mutating func add(
    _ link: HDF5Link, _ source: borrowing HDF5Source
  ) throws(FileError) {
    guard links.count < Self.mostNames else {
      throw FileError(
        source.path, place, problem: "has more than \(Self.mostNames) names; no network has")
    }
    guard positions.updateValue(links.count, forKey: link.name) == nil else {
      throw FileError(
        source.path, place,
        problem: "is damaged: it has the name \(link.name) twice; write the file anew")
    }
    links.append(link)
  }

  /// The text of a group's names.
  private static func names(
    _ source: borrowing HDF5Source, at address: UInt64, _ place: String
  ) throws(FileError) -> ByteReader {
    var heap = try source.reader(at: address, count: 32, place)
    try heap.expect("HEAP")
    _ = try heap.slice(4)
    let size: UInt64 = try heap.number()
    _ = try heap.slice(8)
    return try source.reader(at: try heap.number(), count: size, place)
  }

  private mutating func readTree(
    _ source: borrowing HDF5Source, at address: UInt64, level: UInt8?, _ heap: ByteReader
  ) throws(FileError) {
    nodesLeft -= 1
    var node = try source.reader(at: address, count: 24, place)
    try node.expect("TREE")
    guard try node.byte() == 0, nodesLeft >= 0 else {
      throw node.malformed("is damaged: its tree of names does not end")
    }
    let ownLevel = try node.byte()
    guard level.map({ $0 == ownLevel }) ?? (ownLevel < 16) else {
      throw node.malformed("is damaged: its tree of names has wrong levels")
    }
    let count: UInt16 = try node.number()
    var entries = try source.reader(at: address &+ 24, count: 8 + 16 * Int(count), place)
    for _ in 0..<count {
      _ = try entries.slice(8)
      let child: UInt64 = try entries.number()
      if ownLevel > 0 {
        try readTree(source, at: child, level: ownLevel - 1, heap)
      } else {
        try readSymbols(source, at: child, heap)
      }
    }
  }

  private mutating func readSymbols(
    _ source: borrowing HDF5Source, at address: UInt64, _ heap: ByteReader
  ) throws(FileError) {
    var node = try source.reader(at: address, count: 8, place)
    try node.expect("SNOD")
    _ = try node.slice(2)
    let count: UInt16 = try node.number()
    var entries = try source.reader(at: address &+ 8, count: 40 * Int(count), place)
    for _ in 0..<count {
      var name = heap
      try name.seek(to: Int(clamping: try entries.number() as UInt64))
      let target: UInt64 = try entries.number()
      let isSoft = try entries.number() as UInt32 == 2
      _ = try entries.slice(4)
      let text = try entries.number() as UInt32
      _ = try entries.slice(12)
      let own = try Self.name(try Self.text(name), heap)
      guard isSoft else {
        try add(HDF5Link(name: own, target: .object(target)), source)
        continue
      }
      var path = heap
      try path.seek(to: Int(text))
      try add(HDF5Link(name: own, target: .name(try Self.path(try Self.text(path), heap))), source)
    }
  }

  /// The bytes from a position of the names' heap up to a null.
  private static func text(_ start: ByteReader) throws(FileError) -> ArraySlice<UInt8> {
    let text = start.bytes[start.position...].prefix(longestName).prefix { $0 != 0 }
    guard text.count < longestName else {
      throw start.malformed("has a name of \(longestName) bytes or more; use shorter ones")
    }
    return text
  }

  private static func link(_ contents: ByteReader) throws(FileError) -> HDF5Link {
    var contents = contents
    guard try contents.byte() == 1 else {
      throw contents.malformed("has a link of unknown version")
    }
    let flags = try contents.byte()
    let type = flags & 8 != 0 ? try contents.byte() : 0
    if flags & 4 != 0 { _ = try contents.slice(8) }
    if flags & 16 != 0 { _ = try contents.byte() }
    let length = try contents.number(bytes: 1 << Int(flags & 3))
    let text = try name(try contents.slice(length), contents)
    switch type {
    case 0: return HDF5Link(name: text, target: .object(try contents.number()))
    case 1:
      let length: UInt16 = try contents.number()
      let path = try path(try contents.slice(length), contents)
      return HDF5Link(name: text, target: .name(path))
    default: return HDF5Link(name: text, target: .elsewhere)
    }
  }

  /// What a soft link says, names with slashes.
  private static func path(
    _ bytes: ArraySlice<UInt8>, _ place: ByteReader
  ) throws(FileError) -> String {
    guard let path = String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self), !path.isEmpty
    else { throw place.malformed("has a link to a name that is not UTF-8, or empty; rename it") }
    return path
  }

  /// A name as text that can stand between slashes.
  private static func name(
    _ bytes: ArraySlice<UInt8>, _ place: ByteReader
  ) throws(FileError) -> String {
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw place.malformed(
        "has a name that is not UTF-8, “\(String(decoding: bytes, as: UTF8.self))”; rename it")
    }
    guard !name.isEmpty, !name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == 0 }) else {
      throw place.malformed("has “\(name)” for a name, which none can be; write the file anew")
    }
    return name
  }
}
