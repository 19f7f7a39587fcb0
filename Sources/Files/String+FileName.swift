extension String {
  /// The text as the name of a file that every file system takes: ASCII letters, digits, `-`, `_` and
  /// `.`, at most 180 characters; what is cut off is told apart by a checksum.
  public var asFileName: String {
    let name = String(
      unicodeScalars.map { scalar in
        let isPlain = scalar.isASCII && scalar.properties.isAlphabetic
        let isDigit = ("0"..."9").contains(scalar)
        return isPlain || isDigit || "-_.".unicodeScalars.contains(scalar)
          ? Character(scalar) : "-"
      })
    if name.count <= 180 { return name }
    return "\(name.prefix(171))-\(Digest.sha256(of: utf8).prefix(8))"
  }
}
