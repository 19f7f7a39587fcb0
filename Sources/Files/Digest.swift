import CCrypto
import CZlib

/// Checksums.
public enum Digest {
  /// The SHA-256 of a file, without holding it in memory.
  ///
  /// - Parameter path: the file.
  /// - Returns: 64 hexadecimal digits.
  /// - Throws: ``FileError`` when it cannot be read.
  ///
  /// Calls `EVP_DigestUpdate`.
  public static func sha256(ofFile path: String) throws(FileError) -> String {
    _ = try FileContents.size(of: path)
    let file = try OpenFile(reading: path)
    let hash = Hash()
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { block.deallocate() }
    while true {
      let count = try file.read(into: block)
      if count == 0 { return hash.hexadecimal() }
      hash.update(UnsafeRawBufferPointer(rebasing: block[..<count]))
    }
  }

  /// The SHA-256 of bytes.
  ///
  /// - Parameter bytes: what is hashed.
  /// - Returns: 64 hexadecimal digits.
  ///
  /// Calls `EVP_DigestUpdate`.
  public static func sha256(of bytes: some Collection<UInt8>) -> String {
    let hash = Hash()
    Array(bytes).withUnsafeBytes { hash.update($0) }
    return hash.hexadecimal()
  }

  /// The CRC-32 of bytes, as zip and gzip use it.
  ///
  /// - Parameter bytes: what is summed.
  /// - Returns: the checksum.
  ///
  /// Calls `crc32_z`.
  public static func crc32(of bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBufferPointer {
      UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count))
    }
  }
}

/// A SHA-256 under way.
private struct Hash: ~Copyable {
  private let context: OpaquePointer

  init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("libcrypto offers SHA-256")
    }
    self.context = context
  }

  func update(_ bytes: UnsafeRawBufferPointer) {
    EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  func hexadecimal() -> String {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    EVP_DigestFinal_ex(context, &digest, &count)
    let digits = Array("0123456789abcdef")
    return digest.prefix(Int(count)).reduce(into: "") { text, byte in
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
  }

  deinit { EVP_MD_CTX_free(context) }
}
