public import Files
internal import Foundation
internal import Tensors

extension RunState {
  /// What the root attribute `format` says.
  private static let format = "robtrain-state"

  /// Writes the state as HDF5, replacing the file as a whole.
  ///
  /// - Parameter path: where it appears.
  /// - Throws: `FileError` when the disk is full; the old file then stays.
  public func write(to path: String) throws(FileError) {
    let writer = try HDF5Writer(creating: path)
    try writer.setAttribute("format", to: Self.format)
    try writer.setAttribute("format_version", to: 1)
    try writer.setAttribute("step", to: training.step)
    try writer.write(TrainingSettings.json(progress), to: "progress")
    for (group, tensors) in [
      ("parameters", training.parameters), ("momentum", training.momentum),
      ("average", average.parameters),
    ] {
      for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
        try writer.write(tensor, to: "\(group)/\(name)")
      }
    }
    if let perturbation = training.perturbation {
      try writer.write(perturbation.tensor, to: "perturbation")
    }
    if let means = training.classMeans {
      // As bits, because a rounded sum would change what comes after it.
      let shape = [means.classes, means.classes]
      try writer.write(Self.bits(means.matrix), shape: shape, to: "class_means/matrix")
      try writer.write(Self.bits(means.sums), shape: shape, to: "class_means/sums")
    }
    try writer.finish()
  }

  /// Reads a state.
  ///
  /// - Parameter path: of the file.
  /// - Throws: `FileError` when it is missing, damaged or something else.
  public init(reading path: String) throws(FileError) {
    let file = try HDF5File(reading: path)
    guard try file.string(attribute: "format") == Self.format,
      let step = try file.integers(attribute: "step")?.first,
      let text = try file.strings("progress").first
    else {
      throw FileError(
        path, problem: "is not the state of a training run; choose another --output")
    }
    guard let progress = try? JSONDecoder().decode(RunProgress.self, from: Data(text.utf8)) else {
      throw FileError(path, "progress", problem: "cannot be understood; choose another --output")
    }
    training = TrainingState(
      parameters: try Self.tensors("parameters", of: file),
      momentum: try Self.tensors("momentum", of: file),
      classMeans: try Self.classMeans(of: file),
      perturbation: try file.kind(of: "perturbation") == .dataset
        ? CarriedPerturbation(try file.tensor("perturbation")) : nil,
      step: step)
    average = WeightAverage(try Self.tensors("average", of: file))
    self.progress = progress
  }

  private static func tensors(
    _ group: String, of file: borrowing HDF5File
  ) throws(FileError) -> [String: Tensor] {
    guard try file.kind(of: group) == .group else { return [:] }
    var tensors: [String: Tensor] = [:]
    for name in try file.children(of: group) { tensors[name] = try file.tensor("\(group)/\(name)") }
    return tensors
  }

  private static func classMeans(
    of file: borrowing HDF5File
  ) throws(FileError) -> ClassMeans? {
    guard try file.kind(of: "class_means") == .group else { return nil }
    let shape = try file.description(of: "class_means/matrix").shape
    let matrix = try file.integers("class_means/matrix")
    let sums = try file.integers("class_means/sums")
    guard shape.count == 2, shape[0] == shape[1], sums.count == matrix.count else {
      throw FileError(file.path, "class_means", problem: "its arrays are not square")
    }
    var means = ClassMeans(classes: shape[0])
    means.matrix = matrix.map { Double(bitPattern: UInt64(bitPattern: $0)) }
    means.sums = sums.map { Double(bitPattern: UInt64(bitPattern: $0)) }
    return means
  }

  private static func bits(_ numbers: [Double]) -> [Int64] {
    numbers.map { Int64(bitPattern: $0.bitPattern) }
  }
}
