import ArgumentParser
import Datasets
import Files
import Foundation
import Training

/// Options that say which images are trained on.
struct TrainingDataOptions: ParsableArguments {
  @Option(help: "The data set: cifar10, cifar100, mnist or the name of an HDF5 file's.")
  var dataset: String = "cifar10"

  @Option(
    help: """
      A folder with the published files, or a file of arrays x and y (HDF5, .npz, or .npy with the \
      labels beside it); ROBEVAL_DATA by default.
      """)
  var data: String?

  @Option(
    help: """
      Training images that are kept to choose a checkpoint by: last:1000, first:1024 or none.
      """)
  var heldOut: HeldOutOption = HeldOutOption(value: .last(1000))

  @Option(help: "Only the first so many training images, for trying things out.")
  var examples: Int?

  @Option(help: "Further labelled images: HDF5 or .npz, with x and y or image and label.")
  var extra: String?

  @Option(help: "The share of every batch that is taken from --extra; 0.7 by default.")
  var extraShare: Double?

  func load() throws -> TrainingSet {
    let extra = try loadExtra()
    let images = try DatasetCatalog.load(name: dataset, directory: data, split: .train)
    return try TrainingSet(images, holdingOut: heldOut.value, mixingIn: extra, limit: examples)
  }

  private func loadExtra() throws -> TrainingSet.Extra? {
    if let extraShare {
      try Setting.extraShare.check(extraShare)
      if extra == nil {
        throw TrainingError(.extraShare, problem: "there are no further images; give `extra` too")
      }
    }
    guard let extra else { return nil }
    return TrainingSet.Extra(
      try DatasetCatalog.load(name: dataset, directory: extra), share: extraShare ?? 0.7)
  }
}

/// What is held out as a command line spells it.
struct HeldOutOption: ExpressibleByArgument {
  var value: TrainingSet.HeldOut

  init(value: TrainingSet.HeldOut) { self.value = value }

  init?(argument: String) {
    if argument == "none" || argument == "0" {
      value = .none
      return
    }
    let parts = argument.split(separator: ":")
    guard let number = parts.last.flatMap({ Int($0) }), number > 0, parts.count <= 2 else {
      return nil
    }
    switch parts.count == 1 ? "last" : parts[0] {
    case "last": value = .last(number)
    case "first": value = .first(number)
    default: return nil
    }
  }

  var defaultValueDescription: String { "last:1000" }
}
