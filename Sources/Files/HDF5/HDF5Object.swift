/// The header of a group or dataset: a list of messages.
struct HDF5Object {
  /// The types of messages that are understood.
  enum MessageType: UInt16 {
    case dataspace = 0x01
    case linkInformation = 0x02
    case datatype = 0x03
    case link = 0x06
    case externalFiles = 0x07
    case layout = 0x08
    case groupInformation = 0x0a
    case filters = 0x0b
    case attribute = 0x0c
    case continuation = 0x10
    case symbolTable = 0x11
    case attributeInformation = 0x15
  }

  /// One message and its contents.
  struct Message {
    var type: MessageType
    /// Whether the contents lie in another object.
    var isShared: Bool
    var contents: ByteReader
  }

  let place: String
  /// Where its header lies.
  let address: UInt64
  private(set) var messages: [Message] = []
  /// What it is by its messages.
  private(set) var kind = HDF5File.Kind.other
  /// Parts of the header not read yet.
  private var pending: [(address: UInt64, count: UInt64)] = []
  private var blocksLeft = 256

  /// Reads the header at an address.
  init(_ source: borrowing HDF5Source, at address: UInt64, _ place: String) throws(FileError) {
    self.place = place
    self.address = address
    var start = try source.reader(at: address, count: 16, place)
    if start.bytes.starts(with: Array("OHDR".utf8)) {
      try readVersion2(source, at: address)
    } else {
      guard try start.byte() == 1 else { throw start.malformed("is damaged: it has no header") }
      _ = try start.slice(7)
      let count: UInt32 = try start.number()
      pending = [(address &+ 16, UInt64(count))]
      while let block = try nextBlock(source) { try readVersion1(block) }
    }
    kind = Self.kind(of: messages)
  }

  /// The contents of the first message of a type.
  func first(_ type: MessageType) throws(FileError) -> ByteReader? {
    guard let message = messages.first(where: { $0.type == type }) else { return nil }
    if message.isShared {
      throw message.contents.malformed("uses a named type; store its type with it")
    }
    return message.contents
  }

  private static func kind(of messages: [Message]) -> HDF5File.Kind {
    if messages.contains(where: { $0.type == .layout }) { return .dataset }
    let isGroup = messages.contains {
      [.symbolTable, .linkInformation, .groupInformation].contains($0.type)
    }
    return isGroup ? .group : .other
  }

  private mutating func nextBlock(
    _ source: borrowing HDF5Source
  ) throws(FileError) -> ByteReader? {
    guard let (address, count) = pending.popLast() else { return nil }
    blocksLeft -= 1
    guard blocksLeft >= 0 else {
      throw FileError(source.path, place, problem: "is damaged: its header does not end")
    }
    return try source.reader(at: address, count: count, place)
  }

  private mutating func readVersion1(_ block: ByteReader) throws(FileError) {
    var block = block
    while block.remaining >= 8 {
      let type: UInt16 = try block.number()
      let size: UInt16 = try block.number()
      let flags = try block.byte()
      _ = try block.slice(3)
      try add(type, flags, try block.slice(size), block)
    }
  }

  private mutating func readVersion2(
    _ source: borrowing HDF5Source, at address: UInt64
  ) throws(FileError) {
    var start = try source.reader(at: address, count: 6, place)
    try start.expect("OHDR")
    guard try start.byte() == 2 else { throw start.malformed("has a header of unknown version") }
    let flags = try start.byte()
    let skipped = UInt64(6 + (flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0))
    let width = 1 << Int(flags & 3)
    var size = try source.reader(at: address &+ skipped, count: width, place)
    pending = [(address &+ skipped &+ UInt64(width), try size.number(bytes: width))]
    var isFirst = true
    while var block = try nextBlock(source) {
      if !isFirst {
        try block.expect("OCHK")
        // The last four bytes are a checksum.
        try block.restrict(from: 4, count: max(0, block.bytes.count - 8))
      }
      isFirst = false
      let hasOrder = flags & 4 != 0
      while block.remaining >= (hasOrder ? 6 : 4) {
        let type = UInt16(try block.byte())
        let size: UInt16 = try block.number()
        let messageFlags = try block.byte()
        if hasOrder { _ = try block.slice(2) }
        try add(type, messageFlags, try block.slice(size), block)
      }
    }
  }

  private mutating func add(
    _ type: UInt16, _ flags: UInt8, _ bytes: ArraySlice<UInt8>, _ block: ByteReader
  ) throws(FileError) {
    guard let type = MessageType(rawValue: type) else { return }
    var contents = ByteReader(Array(bytes), path: block.path, place: place)
    if type == .continuation {
      pending.append((try contents.number(), try contents.number()))
    } else {
      messages.append(Message(type: type, isShared: flags & 2 != 0, contents: contents))
    }
  }
}
