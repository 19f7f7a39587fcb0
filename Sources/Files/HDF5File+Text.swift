import CHDF5

extension HDF5File {
  /// The texts of a dataset of strings, of fixed or variable length.
  ///
  /// - Parameter dataset: names separated by slashes, from the root.
  /// - Returns: the strings in row-major order.
  /// - Throws: ``FileError`` when it is missing, holds no text, or is damaged.
  public func strings(_ dataset: String) throws(FileError) -> [String] {
    try HDF5Library.locked { () throws(FileError) -> [String] in
      let opened = try open(dataset)
      return try texts(
        opened.layout, type: opened.type.id, count: opened.count, dataset
      ) { memory, buffer in
        H5Dread(
          opened.handle.id, memory, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), buffer)
      }
    }
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
    try withAttribute(attribute, of: object) { (opened) throws(FileError) in
      try texts(
        opened.layout, type: opened.type.id, count: opened.count, opened.name
      ) { memory, buffer in H5Aread(opened.handle.id, memory, buffer) }
    }
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
      throw error(attribute, "holds \(strings.count) texts; one is needed")
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
    try withAttribute(attribute, of: object) { (opened) throws(FileError) in
      var floats: [Float] = []
      try raw(opened).withUnsafeBytes { opened.layout.decodeFloats($0) { floats.append($1) } }
      return floats
    }
  }

  /// The whole numbers of an attribute.
  ///
  /// - Parameters:
  ///   - attribute: its name.
  ///   - object: the group or dataset it belongs to; the root by default.
  /// - Returns: the numbers, one for a scalar; nil when there is no such attribute.
  /// - Throws: ``FileError`` when it holds no whole numbers, or is damaged.
  public func integers(attribute: String, of object: String = "/") throws(FileError) -> [Int]? {
    try withAttribute(attribute, of: object) { (opened) throws(FileError) in
      guard case .integer = opened.layout.elements else {
        throw error(opened.name, "holds no whole numbers")
      }
      var numbers: [Int] = []
      try raw(opened).withUnsafeBytes {
        opened.layout.decodeIntegers($0) { _, number, _ in numbers.append(Int(number)) }
      }
      return numbers
    }
  }
}

/// An attribute whose claims have been checked.
private struct OpenAttribute: ~Copyable {
  let name: String
  let handle: HDF5Handle
  let type: HDF5Handle
  let layout: NumberLayout
  let count: Int
}

extension HDF5File {
  /// Attributes are small; a larger one is damaged.
  private static let largestAttribute = 1 << 20

  private func withAttribute<Value>(
    _ attribute: String, of name: String,
    _ body: (borrowing OpenAttribute) throws(FileError) -> Value
  ) throws(FileError) -> Value? {
    try HDF5Library.locked { () throws(FileError) -> Value? in
      let object = try object(name)
      guard H5Aexists(object.id, attribute) > 0 else { return nil }
      let full = name == "/" ? "attribute \(attribute)" : "attribute \(attribute) of \(name)"
      guard
        let handle = HDF5Handle(
          H5Aopen(object.id, attribute, hid_t(H5P_DEFAULT)), closedBy: H5Aclose),
        let type = HDF5Handle(H5Aget_type(handle.id), closedBy: H5Tclose),
        let space = HDF5Handle(H5Aget_space(handle.id), closedBy: H5Sclose)
      else { throw error(full, "is damaged") }
      let layout = NumberLayout(type: type.id)
      guard let count = try extents(of: space.id, full).checkedProduct,
        case let (bytes, overflow) = count.multipliedReportingOverflow(
          by: max(H5Tget_size(type.id), 1)),
        !overflow, bytes <= Self.largestAttribute
      else { throw error(full, "claims more than \(Self.largestAttribute) bytes") }
      return try body(
        OpenAttribute(name: full, handle: handle, type: type, layout: layout, count: count))
    }
  }

  private func raw(_ attribute: borrowing OpenAttribute) throws(FileError) -> [UInt8] {
    switch attribute.layout.elements {
    case .float, .integer: break
    case .text, .variableText, .other: throw error(attribute.name, "holds no numbers")
    }
    var bytes = [UInt8](repeating: 0, count: attribute.count * attribute.layout.bytes)
    guard bytes.isEmpty || H5Aread(attribute.handle.id, attribute.type.id, &bytes) >= 0 else {
      throw error(attribute.name, "cannot be read")
    }
    return bytes
  }

  private func texts(
    _ layout: NumberLayout, type: hid_t, count: Int, _ name: String,
    reading read: (_ memory: hid_t, _ buffer: UnsafeMutableRawPointer?) -> herr_t
  ) throws(FileError) -> [String] {
    guard count > 0 else { return [] }
    switch layout.elements {
    case .text(let length):
      var bytes = [UInt8](repeating: 0, count: count * length)
      guard read(type, &bytes) >= 0 else { throw error(name, "cannot be read") }
      return stride(from: 0, to: bytes.count, by: length).map { start in
        let text = bytes[start..<start + length]
        return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
      }
    case .variableText:
      var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
      guard let memory = HDF5Handle(H5Tcopy(type), closedBy: H5Tclose),
        read(memory.id, &pointers) >= 0
      else { throw error(name, "cannot be read") }
      defer { for pointer in pointers { H5free_memory(pointer) } }
      return pointers.map { $0.map { String(cString: $0) } ?? "" }
    case .float, .integer, .other: throw error(name, "holds no text")
    }
  }
}
