internal import Files
internal import Tensors

/// The adversarial images of a finished run in one HDF5 file, in order of their indices.
public enum AdversarialFile {
  /// Writes `x` `[N,C,H,W]`, `index`, `label`, `predicted`, `attack`, `eps`, the radius within which
  /// each image was found, and the run's identity.
  ///
  /// - Parameters:
  ///   - path: of the file; it is whole or absent.
  ///   - journal: of the run.
  ///   - settings: of the run.
  /// - Throws: `FileError` when an image is missing or the file cannot be written.
  public static func write(
    to path: String, from journal: Journal, settings: RunSettings
  ) async throws {
    let entries = await journal.entries.filter { $0.record != nil }
      .sorted { $0.index < $1.index }
    let writer = try HDF5Writer(creating: path)
    try describe(settings, in: writer)
    if let shape = entries.isEmpty ? nil : await journal.shape {
      let row = [shape.channels, shape.height, shape.width]
      var rows = try writer.startRows("x", of: row)
      // One at a time, so that memory does not grow with the number of images.
      for record in entries.compactMap(\.record) {
        let image = try await journal.image(record)
        try writer.append(Tensor(shape: [1] + row, elements: image.pixels), to: &rows)
      }
      try list(entries, in: writer)
    }
    try writer.finish()
  }

  private static func describe(
    _ settings: RunSettings, in writer: borrowing HDF5Writer
  ) throws(FileError) {
    try writer.setAttribute("format", to: "robeval-adversarial")
    try writer.setAttribute("model_sha256", to: settings.modelSHA256)
    try writer.setAttribute("dataset", to: settings.dataset)
    try writer.setAttribute("dataset_sha256", to: settings.datasetSHA256)
    try writer.setAttribute("norm", to: settings.norm.rawValue)
    try writer.setAttribute("eps", to: settings.largestRadius.text)
  }

  private static func list(
    _ entries: [LedgerEntry], in writer: borrowing HDF5Writer
  ) throws(FileError) {
    let count = [entries.count]
    try writer.write(entries.map { Int64($0.index) }, shape: count, to: "index")
    try writer.write(entries.map { Int64($0.label) }, shape: count, to: "label")
    try writer.write(entries.map { Int64($0.predicted) }, shape: count, to: "predicted")
    try writer.write(entries.map(\.attack), to: "attack")
    try writer.write(entries.compactMap(\.eps), to: "eps")
  }
}
