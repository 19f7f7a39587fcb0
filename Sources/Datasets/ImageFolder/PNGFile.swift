import CPNG
import Files

/// Decodes PNG to red, green and blue.
enum PNGFile {
  static let start: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// Decodes a file; what it says of transparency and gamma is ignored, as other loaders do.
  ///
  /// Calls `png_image_finish_read`.
  static func picture(_ bytes: [UInt8], path: String) throws(FileError) -> Picture {
    let bare = try essentialChunks(of: bytes, path: path)
    // The library keeps the pointer until the last row is read.
    let result = bare.withUnsafeBytes { bytes in
      Result { () throws(FileError) in try decoded(bytes, path: path) }
    }
    return try result.get()
  }

  private static func decoded(
    _ bytes: UnsafeRawBufferPointer, path: String
  ) throws(FileError) -> Picture {
    var image = robeval_png_image()
    defer { png_image_free(&image) }
    guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
      throw failure(image, path)
    }
    try Picture.checkExtents(height: Int(image.height), width: Int(image.width), path: path)
    // Without its alpha a pixel would be blended with a background.
    image.format = robeval_png_format_rgba()
    let count = Int(image.height) * Int(image.width)
    var pixels = [UInt8](repeating: 0, count: 4 * count)
    guard png_image_finish_read(&image, nil, &pixels, 0, nil) != 0 else {
      throw failure(image, path)
    }
    var bytes = [UInt8](repeating: 0, count: 3 * count)
    for pixel in 0..<count {
      for channel in 0..<3 { bytes[3 * pixel + channel] = pixels[4 * pixel + channel] }
    }
    return Picture(height: Int(image.height), width: Int(image.width), bytes: bytes)
  }

  private static func failure(_ image: png_image, _ path: String) -> FileError {
    let message = withUnsafeBytes(of: image.message) { message in
      String(decoding: message.prefix { $0 != 0 }, as: UTF8.self)
    }
    return FileError(path, problem: "cannot be decoded as PNG (\(message)); get the file again")
  }

  /// The file without chunks that change colours.
  private static func essentialChunks(
    of bytes: [UInt8], path: String
  ) throws(FileError) -> [UInt8] {
    var result = start
    var reader = ByteReader(bytes, path: path, place: "PNG")
    _ = try reader.slice(start.count)
    while reader.remaining > 0 {
      let begin = reader.position
      let length = (try reader.number() as UInt32).byteSwapped
      let name = String(decoding: try reader.slice(4), as: UTF8.self)
      _ = try reader.slice(Int(length) + 4)
      // The depth is the ninth byte of the header's contents.
      if name == "IHDR", length > 8, bytes[begin + 16] == 16 {
        throw reader.malformed("has 16 bits a colour; convert it to 8")
      }
      if ["IHDR", "PLTE", "IDAT", "IEND"].contains(name) {
        result.append(contentsOf: bytes[begin..<reader.position])
      }
      if name == "IEND" { break }
    }
    return result
  }
}
