internal import Attacks
internal import Datasets
internal import Files
internal import Foundation
internal import Tensors

/// The images that a run stored, against the ledger.
extension Verification {
  func checkAdversarial(_ findings: inout VerificationFindings) throws {
    let file = run.path + "/adversarial.h5"
    let images = try AdversarialImages(file, shape: dataset.shape)
    let claims = try claims(matching: images)
    let store = try RecordReader(
      run.path + "/adversarial.f32", shape: dataset.shape, records: claims.compactMap(\.record))
    guard claims.allSatisfy({ $0.record != nil }) else {
      throw run.contradiction("ledger.jsonl", "a success has no adversarial image")
    }
    try images.forEach { row, image in
      guard let position = positions[claims[row].index] else { return }
      try check(image, for: claims[row], at: position, &findings)
      if let store, let record = claims[row].record, try store.image(record) != image {
        throw run.contradiction(
          "adversarial.f32",
          "record \(record) is not the image of \(claims[row].index) in adversarial.h5")
      }
    }
  }

  /// The ledger's successes in the order of the file, which must hold exactly them.
  private func claims(matching images: AdversarialImages) throws -> [LedgerEntry] {
    let settings = run.settings
    let identity = [
      "model_sha256": settings.modelSHA256, "dataset": settings.dataset,
      "dataset_sha256": settings.datasetSHA256, "norm": settings.norm.rawValue,
      "eps": settings.largestRadius.text,
    ]
    for (name, expected) in identity.sorted(by: { $0.key < $1.key })
    where images.identity[name] != expected {
      throw run.contradiction(
        "adversarial.h5", "\(name) is \(images.identity[name] ?? "absent"), expected \(expected)")
    }
    let claims = run.entries.filter { $0.outcome == .fooled }.sorted { $0.index < $1.index }
    guard claims.count == images.indices.count else {
      throw run.contradiction(
        "adversarial.h5",
        "holds \(images.indices.count) images; the ledger claims \(claims.count) successes")
    }
    for (row, claim) in claims.enumerated() {
      let found = (images.indices[row], images.labels[row], images.predicted[row])
      guard found == (claim.index, claim.label, claim.predicted),
        images.attacks[row] == claim.attack, images.radii[row] == claim.eps
      else {
        let step = LedgerEntry.step(of: images.attacks[row], within: images.radii[row])
        throw run.contradiction(
          "adversarial.h5",
          "row \(row) is image \(found.0) of class \(found.1), taken for \(found.2) after "
            + "\(step); the ledger says image \(claim.index) of class "
            + "\(claim.label), taken for \(claim.predicted) after \(claim.step)")
      }
    }
    return claims
  }

  /// The nearest misclassified images that attacks on the boundary came across.
  func checkBoundaries(_ findings: inout VerificationFindings) throws {
    let claims = run.entries.filter { $0.boundaryRecord != nil }
    let store = try RecordReader(
      run.path + "/boundary.f32", shape: dataset.shape, records: claims.compactMap(\.boundaryRecord)
    )
    if run.entries.contains(where: { $0.boundaryDistance != nil }) {
      findings.trusted.append(
        store == nil
          ? "how near the nearest misclassified images are that FAB came across"
          : "that FAB came across no misclassified image nearer than those it stored")
    }
    guard let store else { return }
    for claim in claims {
      guard let record = claim.boundaryRecord, let position = positions[claim.index] else {
        continue
      }
      let image = try store.image(record)
      let name = "record \(record), found by \(claim.step) of image \(claim.index),"
      let distance = sets[0].set.distance(of: image, from: dataset.image(at: position))
      guard abs(distance - (claim.boundaryDistance ?? .nan)) <= 1e-9 * max(1, distance) else {
        throw run.contradiction(
          "boundary.f32",
          "\(name) is \(distance) away; the ledger says \(claim.boundaryDistance ?? .nan)")
      }
      let logits = try logits(at: image)
      let margin = logits.margin(of: claim.label)
      // The attack saw the class on the fast path, whose rounding is another one again.
      guard margin <= 10 * Self.tolerance(of: logits) else {
        throw run.contradiction("boundary.f32", "\(name) is classified correctly")
      }
    }
  }
}

/// Records of float32 pixels in a file that is only read.
private struct RecordReader {
  private let path: String
  private let shape: FeatureShape
  private let bytes: Data

  /// Nil where there is no such file, as in a folder that was passed on without its raw records.
  init?(_ path: String, shape: FeatureShape, records: [Int]) throws {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    // A run that went on after damage may have records that no line refers to any more.
    let expected = ((records.max() ?? -1) + 1) * shape.count * MemoryLayout<Float>.size
    guard Set(records).count == records.count, try FileContents.size(of: path) == expected else {
      throw FileError(
        path,
        problem: "holds \(try FileContents.size(of: path)) bytes; the ledger needs \(expected), "
          + "each record for one image")
    }
    self.path = path
    self.shape = shape
    // A file of many gigabytes is not read into memory.
    bytes = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
  }

  func image(_ record: Int) throws -> Image {
    let size = MemoryLayout<Float>.size
    let start = record * shape.count * size
    let pixels = bytes.withUnsafeBytes { bytes in
      (0..<shape.count).map {
        bytes.loadUnaligned(fromByteOffset: start + $0 * size, as: Float.self)
      }
    }
    return Image(shape: shape, pixels: pixels)
  }
}
