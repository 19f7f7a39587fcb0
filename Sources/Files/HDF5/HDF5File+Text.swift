extension HDF5File {
  /// The texts of a dataset of strings, of fixed or variable length.
  ///
  /// - Parameter dataset: names separated by slashes, from the root.
  /// - Returns: the strings in row-major order.
  /// - Throws: ``FileError`` when it is missing, holds no text, or is damaged.
  public func strings(_ dataset: String) throws(FileError) -> [String] {
    let opened = try open(dataset)
    return try texts(try raw(opened), opened.layout, dataset)
  }

  /// The texts of an attribute.
  ///
  /// - Parameters:
  ///   - attribute: its name.
  ///   - object: the group or dataset it belongs to; the root by default.
  /// - Returns: the strings, one for a scalar; nil when there is no such attribute.
  /// - Throws: ``FileError`` when it holds no text, or is damaged.
  public func strings(
    attribute: String, of object: String = "/"
  ) throws(FileError) -> [String]? {
    guard let found = try self.attribute(attribute, of: object) else { return nil }
    return try texts(found.raw, found.layout, found.place)
  }

  /// The text of an attribute.
  ///
  /// - Parameters:
  ///   - attribute: its name.
  ///   - object: the group or dataset it belongs to; the root by default.
  /// - Returns: the text; nil when there is no such attribute.
  /// - Throws: ``FileError`` when it is not one text, or is damaged.
  public func string(attribute: String, of object: String = "/") throws(FileError) -> String? {
    guard let strings = try strings(attribute: attribute, of: object) else { return nil }
    guard strings.count == 1 else {
      throw error("attribute \(attribute)", "holds \(strings.count) texts; one is needed")
    }
    return strings[0]
  }

  /// The numbers of an attribute as `Float`.
  ///
  /// - Parameters:
  ///   - attribute: its name.
  ///   - object: the group or dataset it belongs to; the root by default.
  /// - Returns: the numbers, one for a scalar; nil when there is no such attribute.
  /// - Throws: ``FileError`` when it holds no numbers, or is damaged.
  public func floats(attribute: String, of object: String = "/") throws(FileError) -> [Float]? {
    guard let found = try self.attribute(attribute, of: object) else { return nil }
    switch found.layout.elements {
    case .float, .integer: break
    case .text, .variableText, .other: throw error(found.place, "holds no numbers")
    }
    var floats: [Float] = []
    found.raw.withUnsafeBytes { found.layout.decodeFloats($0) { floats.append($1) } }
    return floats
  }

  /// The whole numbers of an attribute.
  ///
  /// - Parameters:
  ///   - attribute: its name.
  ///   - object: the group or dataset it belongs to; the root by default.
  /// - Returns: the numbers, one for a scalar; nil when there is no such attribute.
  /// - Throws: ``FileError`` when it holds no whole numbers, or is damaged.
  public func integers(attribute: String, of object: String = "/") throws(FileError) -> [Int]? {
    guard let found = try self.attribute(attribute, of: object) else { return nil }
    guard case .integer = found.layout.elements else {
      throw error(found.place, "holds no whole numbers")
    }
    var numbers: [Int] = []
    found.raw.withUnsafeBytes {
      found.layout.decodeIntegers($0) { _, number, _ in numbers.append(Int(number)) }
    }
    return numbers
  }
}

/// An attribute as it lies in the file.
private struct HDF5Attribute {
  var place: String
  var layout: HDF5Layout
  var raw: [UInt8]
}

extension HDF5File {
  private func attribute(
    _ name: String, of object: String
  ) throws(FileError) -> HDF5Attribute? {
    let object = try self.object(object)
    for message in object.messages where message.type == .attribute {
      if let found = try attribute(name, in: message.contents) { return found }
    }
    if let information = try object.first(.attributeInformation) {
      try HDF5Links.refuseDense(information, orderBytes: 2)
    }
    return nil
  }

  /// Reads an attribute's message, if it is the one of that name.
  private func attribute(
    _ name: String, in message: ByteReader
  ) throws(FileError) -> HDF5Attribute? {
    var message = message
    let version = try message.byte()
    let flags = try message.byte()
    guard (1...3).contains(version) else {
      throw message.malformed("has an attribute of unknown version")
    }
    let sizes = [
      Int(try message.number() as UInt16), Int(try message.number() as UInt16),
      Int(try message.number() as UInt16),
    ]
    if version == 3 { _ = try message.byte() }
    func padded(_ size: Int) -> Int { version == 1 ? (size + 7) / 8 * 8 : size }
    let found = String(
      decoding: try message.slice(padded(sizes[0])).prefix { $0 != 0 }, as: UTF8.self)
    guard found == name else { return nil }
    message.place = object(message.place, attribute: name)
    guard version == 1 || flags & 3 == 0 else {
      throw message.malformed("uses a named type; store its type with it")
    }
    let type = try part(&message, padded(sizes[1]))
    let space = try HDF5Space(try part(&message, padded(sizes[2])))
    let layout = try HDF5Layout(type)
    guard let count = space.extents.checkedProduct,
      case let (bytes, overflow) = count.multipliedReportingOverflow(by: layout.bytes), !overflow
    else { throw message.malformed("claims more elements than there are numbers for") }
    return HDF5Attribute(
      place: message.place ?? name, layout: layout, raw: Array(try message.slice(bytes)))
  }

  private func object(_ place: String?, attribute: String) -> String {
    place.map { $0 == "/" ? "attribute \(attribute)" : "attribute \(attribute) of \($0)" }
      ?? attribute
  }

  private func part(_ message: inout ByteReader, _ count: Int) throws(FileError) -> ByteReader {
    ByteReader(Array(try message.slice(count)), path: path, place: message.place)
  }

  /// The text to which 16 bytes of a dataset or attribute refer: length, address and index.
  private func text(_ reference: inout ByteReader, _ place: String) throws(FileError) -> String {
    let length = Int(try reference.number() as UInt32)
    let address: UInt64 = try reference.number()
    let index: UInt32 = try reference.number()
    if length == 0 { return "" }
    try source.spend(length, place)
    guard let text = try memory.texts(source, at: address, place).text(index, length: length) else {
      throw reference.malformed("is damaged: one of its texts is missing; write the file anew")
    }
    return text
  }

  private func texts(
    _ raw: [UInt8], _ layout: HDF5Layout, _ place: String
  ) throws(FileError) -> [String] {
    switch layout.elements {
    case .text(let length):
      return stride(from: 0, to: raw.count, by: length).map { start in
        String(decoding: raw[start..<start + length].prefix { $0 != 0 }, as: UTF8.self)
      }
    case .variableText:
      var reader = ByteReader(raw, path: path, place: place)
      var texts: [String] = []
      while reader.remaining >= 16 { texts.append(try text(&reader, place)) }
      return texts
    case .float, .integer, .other: throw error(place, "holds no text")
    }
  }
}
