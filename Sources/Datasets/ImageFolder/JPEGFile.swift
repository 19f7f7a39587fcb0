import CTurboJPEG
import Files

/// Decodes JPEG to red, green and blue.
enum JPEGFile {
  static let start: [UInt8] = [0xff, 0xd8, 0xff]

  /// Decodes a file, as slowly and exactly as the library can.
  ///
  /// Calls `tjDecompress2`.
  static func picture(_ bytes: [UInt8], path: String) throws(FileError) -> Picture {
    guard let decoder = tjInitDecompress() else {
      throw FileError(path, problem: "cannot be decoded: libturbojpeg does not start")
    }
    defer { tjDestroy(decoder) }
    var width: Int32 = 0
    var height: Int32 = 0
    var sampling: Int32 = 0
    var colors: Int32 = 0
    let size = UInt(bytes.count)
    guard tjDecompressHeader3(decoder, bytes, size, &width, &height, &sampling, &colors) == 0 else {
      throw failure(decoder, path)
    }
    guard colors != TJCS_CMYK.rawValue, colors != TJCS_YCCK.rawValue else {
      throw FileError(path, problem: "is a JPEG of printing colours (CMYK); convert it to RGB")
    }
    try Picture.checkExtents(height: Int(height), width: Int(width), path: path)
    var pixels = [UInt8](repeating: 0, count: 3 * Int(height) * Int(width))
    let status = tjDecompress2(
      decoder, bytes, size, &pixels, width, 0, height, Int32(TJPF_RGB.rawValue),
      TJFLAG_ACCURATEDCT)
    // A warning is about bytes that are not needed, or about an end that is filled up.
    guard status == 0 || tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue) else {
      throw failure(decoder, path)
    }
    return Picture(height: Int(height), width: Int(width), bytes: pixels)
  }

  private static func failure(_ decoder: tjhandle, _ path: String) -> FileError {
    FileError(
      path,
      problem: "cannot be decoded as JPEG (\(String(cString: tjGetErrorStr2(decoder)))); get the "
        + "file again")
  }
}

extension Picture {
  /// As many pixels as Pillow opens without a warning.
  private static let mostPixels = 89_478_485

  /// Refuses what would take too much memory.
  static func checkExtents(height: Int, width: Int, path: String) throws(FileError) {
    guard height > 0, width > 0, height <= mostPixels / width else {
      throw FileError(
        path, problem: "claims \(width)×\(height) pixels; at most \(mostPixels) are decoded")
    }
  }
}
