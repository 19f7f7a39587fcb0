/// The compression that h5py brings.
///
/// Source: M. A. Lehmann, *LibLZF* 3.6, `lzf_d.c`: runs of literals and copies from up to 8 KiB before.
enum LZF {
  /// The plain bytes.
  ///
  /// - Parameters:
  ///   - packed: one block.
  ///   - size: of the plain block; more is refused.
  ///   - place: for messages.
  /// - Returns: at most `size` bytes.
  /// - Throws: ``FileError`` when the block refers to what is not there, or ends early.
  static func expanded(
    _ packed: [UInt8], size: Int, _ place: ByteReader
  ) throws(FileError) -> [UInt8] {
    var plain: [UInt8] = []
    plain.reserveCapacity(size)
    var reader = ByteReader(packed, path: place.path, place: place.place)
    func damaged() -> FileError { place.malformed("has a block of damaged LZF data") }
    while reader.remaining > 0 {
      let control = Int(try reader.byte())
      if control < 32 {
        guard control < size - plain.count else { throw damaged() }
        plain += try reader.slice(control + 1)
        continue
      }
      var length = control >> 5
      if length == 7 { length += Int(try reader.byte()) }
      let start = plain.count - (control & 31) << 8 - Int(try reader.byte()) - 1
      guard start >= 0, length + 2 <= size - plain.count else { throw damaged() }
      // The copy may run into what it writes.
      for position in start..<start + length + 2 { plain.append(plain[position]) }
    }
    return plain
  }
}
