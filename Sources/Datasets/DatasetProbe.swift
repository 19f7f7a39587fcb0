import Files

/// Looks into a file of images of any kind and never fails: for tests with damaged files.
public enum DatasetProbe {
  /// One line about a file.
  ///
  /// - Parameter path: the file.
  /// - Returns: what it holds after `ok`, or what is wrong with it after the exit status; nil where
  ///   it does not look like one of images.
  public static func inspect(_ path: String) -> String? {
    do throws(FileError) {
      let start = try FileContents.prefix(of: path, count: 128)
      let isArchive =
        start.starts(with: [0x50, 0x4b])
        && String(decoding: start, as: UTF8.self).contains(".npy")
      guard
        isArchive || start.starts(with: NumPyArray.magic) || CIFARPickle.startsLike(start)
          || MATLABFile.marks.contains(where: { start.starts(with: $0) })
      else { return nil }
      let set = try DatasetCatalog.load(
        name: "svhn", directory: path, classes: 1000, labels: .ifPresent, environment: [:])
      return "ok data \(set.count) \(set.shape)"
    } catch { return "\(error.exitCode) \(error)" }
  }
}
