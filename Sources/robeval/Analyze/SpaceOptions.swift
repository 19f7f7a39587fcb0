import ArgumentParser
import Attacks
import Datasets
import Evaluation
import Tensors

/// Where an analysis measures lengths.
struct SpaceOptions: ParsableArguments {
  @Option(
    help: """
      Where lengths are measured: pixel, or pixels normalised as cifar10, cifar100, imagenet or bss (the \
      published BSS program's numbers) are; by default bss for images of three channels, else pixel.
      """,
    transform: { (name: String) in try SpaceOptions.named(name) })
  var space: InputSpace.Name?

  private static func named(_ name: String) throws -> InputSpace.Name {
    guard let space = InputSpace.Name(rawValue: name.lowercased()) else {
      let names = InputSpace.Name.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("it is one of \(names)")
    }
    return space
  }

  func chosen(for dataset: Dataset) throws -> InputSpace {
    let name = space ?? (dataset.shape.channels == 3 ? .bss : .pixel)
    return try Self.checked(name.space, "--space", for: dataset)
  }

  static func checked(
    _ space: InputSpace, _ option: String, for dataset: Dataset
  ) throws -> InputSpace {
    guard space.mean.isEmpty || space.mean.count == dataset.shape.channels else {
      throw EvaluationError(
        kind: .usage, place: option,
        problem: "is for images of \(space.mean.count) channels and \(dataset.name) has "
          + "\(dataset.shape.channels); give --space pixel")
    }
    return space
  }
}
