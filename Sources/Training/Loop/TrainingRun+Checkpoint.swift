internal import Checkpoints
internal import Datasets
internal import Files
internal import Graphs
internal import Tensors

extension TrainingRun {
  /// Writes the network that counts after an epoch: the average where the recipe keeps one.
  func writeCheckpoint(to path: String, _ memory: RunMemory, epoch: Int) async throws {
    let average = memory.average.parameters
    let parameters = average.isEmpty ? await learner.state.parameters : average
    var checkpoint = try Checkpoint(
      tensors: architecture.parameterOrder.compactMap { name in
        parameters[name].map { (name, $0) }
      },
      graph: architecture.graph, architecture: architecture.name, dataset: set.dataset.name,
      provenance: [:], path: path
    ).rounded(for: storage)
    var record = memory.progress.history.last { $0.epoch == epoch }
    if storage != .single, var rounded = record {
      // What is said of the file is measured on what is in it.
      try await measure(&rounded, checkpoint.model.parameters)
      record = rounded
    }
    checkpoint.provenance = provenance(memory, epoch: epoch, record)
    try directory.write { try checkpoint.write(to: path, as: storage) }
  }

  /// Everything that decided the weights and nothing else: no times, no machine's names.
  private func provenance(
    _ memory: RunMemory, epoch: Int, _ record: EpochRecord?
  ) -> [String: String] {
    var provenance = [
      "trained by": version, "recipe": settings.title,
      "settings": settings.json, "epoch": "\(epoch) of \(settings.recipe.allEpochs)",
      "weights": memory.average.parameters.isEmpty ? "of the last step" : settings.averaging.text,
    ]
    if storage == .half { provenance["stored as"] = "float16, rounded to nearest; vectors float32" }
    if let record {
      let images = counted(set.heldOut.count, "image")
      if let clean = record.heldOutClean {
        provenance["held-out accuracy"] = "\(percent(clean)) of \(images)"
      }
      if let robust = record.heldOutRobust {
        provenance["held-out accuracy under PGD-10"] = "\(percent(robust)) of \(images)"
      }
    }
    if let falls = memory.progress.watch?.falls.filter({ $0.epoch <= epoch }), !falls.isEmpty {
      provenance["overfitting"] = falls.map(\.text).joined(separator: "; ")
    }
    return provenance
  }
}

/// A share as per cent with two decimals.
func percent(_ share: Double) -> String {
  let hundredths = Int((share * 10_000).rounded())
  let fraction = hundredths % 100
  return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) %"
}
