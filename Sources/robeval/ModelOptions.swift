import ArgumentParser
import Checkpoints
import CommandLineSupport
import Evaluation
import Execution
import Files
import Foundation
import Graphs
import OneDNNBackend
import OpenBLASBackend
import Tensors
import TorchBackend

/// Options that say which network is meant.
struct ModelOptions: ParsableArguments {
  @Option(help: "The checkpoint: HDF5, or anything that `import` reads.")
  var model: String

  @OptionGroup var network: NetworkOptions

  func checkpoint() throws -> Checkpoint { try network.read(model) }
}

/// Options that say what to make of a file of weights.
struct NetworkOptions: ParsableArguments {
  @Option(help: "The architecture, where the file holds weights only; see `architectures`.")
  var arch: String?

  @Option(
    help: "Which weights, where the file holds several sets: model, ema, or the set's own name.")
  var weights: String?

  @Option(
    help: """
      Parameters of the file that are not the network's, such as a second head: the beginnings of \
      their names, separated by commas.
      """)
  var leaveOut: String?

  func validate() throws {
    // What stands in a file is the file's fault; this is the caller's.
    if let arch, Architecture.named(arch) == nil {
      throw ValidationError("--arch: \(Architecture.problem(ofUnknown: arch))")
    }
  }

  func read(
    _ path: String, normalization: Normalization? = nil,
    pixels: ModelRequest.PixelRange = .unit
  ) throws -> Checkpoint {
    try ModelReader.read(
      path, architecture: arch, weights: weights,
      leavingOut: leaveOut?.split(separator: ",").map(String.init) ?? [],
      normalization: normalization, pixels: pixels)
  }
}

/// Options that say how a network is computed.
struct ComputeOptions: ParsableArguments {
  @Option(help: "The library that searches: onednn, openblas, or torch, an installed PyTorch.")
  var backend: BackendName = .onednn

  @OptionGroup var torch: TorchOptions

  @Option(help: "Threads that each compute batches of their own; one a core by default.")
  var lanes: Int?

  @Option(help: "Images a lane computes at once; 8 to 32 by the network's size by default.")
  var width: Int?

  func validate() throws {
    if let lanes, !(1...1024).contains(lanes) {
      throw ValidationError("--lanes must be from 1 to 1024, not \(lanes)")
    }
    if let width, !(1...4096).contains(width) {
      throw ValidationError("--width must be from 1 to 4096, not \(width)")
    }
    try torch.validate(isTorch: backend == .torch)
  }

  /// The library that searches.
  func search(width: Int? = nil) throws -> any Backend {
    try backend.make(torch, width: width)
  }

  /// Lanes over a network for a number of images.
  func engine(for model: Model, images: Int) throws -> SearchEngine {
    let machine = ProcessInfo.processInfo
    let choice = LaneChoice(
      lanes: lanes, width: width, images: images, model: model,
      cores: machine.activeProcessorCount, memory: Int(clamping: machine.physicalMemory))
    for note in choice.notes { StandardError.write("\(note); the results are the same\n") }
    return try SearchEngine(
      model, on: try search(width: choice.width), judging: backend.judge(),
      lanes: choice.lanes, width: choice.width, prepareThread: { OneDNNBackend.limitThreads() })
  }
}

/// The backends that a command line can name.
enum BackendName: String, ExpressibleByArgument, CaseIterable {
  case onednn
  case openblas
  case torch

  /// What searches.
  func make(_ options: TorchOptions, width: Int?) throws -> any Backend {
    switch self {
    case .onednn: OneDNNBackend()
    case .openblas: OpenBLASBackend()
    case .torch:
      try TorchBackend(
        device: options.device, precision: options.precision,
        fixedBatch: options.device.kind == .cpu ? nil : width)
    }
  }

  /// What decides where it is not what searches: always on this machine's processor.
  func judge() -> (any Backend)? {
    switch self {
    case .onednn, .openblas: nil
    case .torch: OneDNNBackend()
    }
  }
}
