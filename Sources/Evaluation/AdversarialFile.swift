internal import Files
internal import Tensors

/// The adversarial images of a finished run in one HDF5 file, in order of their indices.
public enum AdversarialFile {
  /// Writes `x` `[N,C,H,W]`, `index`, `label`, `predicted`, `attack` and the run's identity.
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
    var images: [Image] = []
    for entry in entries {
      if let record = entry.record { images.append(try await journal.image(record)) }
    }
    try write(entries, images, to: path, settings: settings)
  }

  private static func write(
    _ entries: [LedgerEntry], _ images: [Image], to path: String, settings: RunSettings
  ) throws(FileError) {
    let writer = try HDF5Writer(creating: path)
    try writer.setAttribute("format", to: "robeval-adversarial")
    try writer.setAttribute("model_sha256", to: settings.modelSHA256)
    try writer.setAttribute("dataset", to: settings.dataset)
    try writer.setAttribute("dataset_sha256", to: settings.datasetSHA256)
    try writer.setAttribute("norm", to: settings.norm.rawValue)
    try writer.setAttribute("eps", to: settings.eps)
    if let shape = images.first?.shape {
      let row = [shape.channels, shape.height, shape.width]
      var rows = try writer.startRows("x", of: row)
      for image in images {
        try writer.append(Tensor(shape: [1] + row, elements: image.pixels), to: &rows)
      }
      let count = [entries.count]
      try writer.write(entries.map { Int64($0.index) }, shape: count, to: "index")
      try writer.write(entries.map { Int64($0.label) }, shape: count, to: "label")
      try writer.write(entries.map { Int64($0.predicted) }, shape: count, to: "predicted")
      try writer.write(entries.map(\.attack), to: "attack")
    }
    try writer.finish()
  }
}
