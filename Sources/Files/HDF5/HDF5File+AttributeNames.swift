extension HDF5File {
  /// The names of an object's attributes, in the file's order.
  ///
  /// - Parameter object: the group or dataset; the root by default.
  /// - Returns: the names.
  /// - Throws: ``FileError`` when it is missing or damaged, or its attributes are stored in a way
  ///   that only new libraries write.
  public func attributeNames(of object: String = "/") throws(FileError) -> [String] {
    let object = try self.object(object)
    if let information = try object.first(.attributeInformation) {
      try HDF5Links.refuseDense(information, orderBytes: 2)
    }
    var names: [String] = []
    for message in object.messages where message.type == .attribute {
      var contents = message.contents
      let version = try contents.byte()
      _ = try contents.byte()
      let length = Int(try contents.number() as UInt16)
      _ = try contents.slice(version == 3 ? 5 : 4)
      names.append(
        String(decoding: try contents.slice(length).prefix { $0 != 0 }, as: UTF8.self))
    }
    return names
  }
}
