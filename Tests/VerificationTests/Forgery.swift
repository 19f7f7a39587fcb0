import Evaluation
import Files
import Tensors
import Testing

/// The parts of an `adversarial.h5` that a forger may touch.
struct Forgery {
  var pixels: [Float]
  var indices: [Int64]
  var eps: String
  /// Of each image; nil for none.
  var radii: [String]?
  /// Whether the pixels are written as bytes.
  var pixelsAreBytes = false
  /// Another dataset to be written.
  var dataset: String?
  /// Another attribute to be written.
  var attribute: String?

  /// Writes a run's file anew with something changed.
  static func commit(
    in folder: String, of run: RealRun, _ change: (inout Forgery) throws -> Void
  ) throws {
    let path = folder + "/adversarial.h5"
    let file = try HDF5File(reading: path)
    let x = try file.tensor("x")
    var forgery = Forgery(
      pixels: x.withUnsafeElements { Array($0) }, indices: try file.integers("index"),
      eps: run.settings.largestRadius.text,
      radii: try file.strings("eps"))
    let (labels, predicted) = (try file.integers("label"), try file.integers("predicted"))
    let attacks = try file.strings("attack")
    try change(&forgery)
    let writer = try HDF5Writer(creating: path)
    try describe(run.settings, eps: forgery.eps, in: writer)
    if let attribute = forgery.attribute { try writer.setAttribute(attribute, to: "yes") }
    if let dataset = forgery.dataset {
      try writer.write(labels, shape: [labels.count], to: dataset)
    }
    if forgery.pixelsAreBytes {
      try writer.write(
        forgery.pixels.map { UInt8(255 * $0) }, shape: x.shape, to: "x")
    } else {
      try writer.write(Tensor(shape: x.shape, elements: forgery.pixels), to: "x")
    }
    try writer.write(forgery.indices, shape: [labels.count], to: "index")
    try writer.write(labels, shape: [labels.count], to: "label")
    try writer.write(predicted, shape: [labels.count], to: "predicted")
    try writer.write(attacks, to: "attack")
    if let radii = forgery.radii { try writer.write(radii, to: "eps") }
    try writer.finish()
  }

  static func describe(
    _ settings: RunSettings, eps: String, in writer: borrowing HDF5Writer
  ) throws {
    try writer.setAttribute("format", to: "robeval-adversarial")
    try writer.setAttribute("model_sha256", to: settings.modelSHA256)
    try writer.setAttribute("dataset", to: settings.dataset)
    try writer.setAttribute("dataset_sha256", to: settings.datasetSHA256)
    try writer.setAttribute("norm", to: "Linf")
    try writer.setAttribute("eps", to: eps)
  }
}

extension RealRun {
  /// Expects that a copy of the run in `run`, doctored, is not believed.
  func expectRefusal(
    _ name: String, in scratch: Scratch, naming words: String, _ doctor: (String) throws -> Void
  ) async throws {
    let folder = try scratch.copy("run", to: name)
    try doctor(folder)
    let (isConfirmed, text) = try await verdict(on: folder)
    #expect(!isConfirmed, "\(name) was not caught")
    #expect(text.contains(words), "\(name): \(text)")
  }
}
