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

  @Option(
    help: """
      The library that decides whether an image fools: onednn by default where torch searches, \
      otherwise the one that searches.
      """)
  var judge: BackendName?

  @Option(
    help: "Threads that each compute batches of their own; one a core by default, 4 a GPU.")
  var lanes: Int?

  @Option(
    help:
      "Images a lane computes at once; by the network's size 8 to 32 by default, up to 256 on a GPU."
  )
  var width: Int?

  func validate() throws {
    if let lanes, !(1...1024).contains(lanes) {
      throw ValidationError("--lanes must be from 1 to 1024, not \(lanes)")
    }
    if let width, !(1...4096).contains(width) {
      throw ValidationError("--width must be from 1 to 4096, not \(width)")
    }
    try torch.validate(isTorch: backend == .torch)
    if judge == .torch, backend != .torch {
      throw ValidationError("--judge torch needs --backend torch")
    }
  }

  /// What computes the lanes' batches.
  private func machine() throws -> LaneChoice.Machine {
    let machine = ProcessInfo.processInfo
    let cores = machine.activeProcessorCount
    if backend == .torch, let memory = try torch.devices.memory() {
      return .accelerator(cores: cores, memory: memory, devices: torch.devices.all.count)
    }
    return .processor(cores: cores, memory: Int(clamping: machine.physicalMemory))
  }

  /// Lanes over a network for a number of images.
  func engine(for model: Model, images: Int) throws -> SearchEngine {
    let choice = try lanes(for: model, images: images)
    return try engine(for: model, lanes: choice.lanes, width: choice.width)
  }

  /// Lanes over a network, narrower than usual where a device has too little memory.
  func fittingEngine(for model: Model, images: Int) async throws -> SearchEngine {
    let choice = try lanes(for: model, images: images)
    if torch.devices.kind == .cpu {
      return try engine(for: model, lanes: choice.lanes, width: choice.width)
    }
    let fitting = try await SearchEngine.fitting(model, width: choice.width) {
      try engine(for: model, lanes: choice.lanes, width: $0)
    }
    if fitting.pool.width < choice.width {
      StandardError.write(
        "--width \(choice.width): \(fitting.pool.width) is used, since the memory of "
          + "\(torch.devices) ran out; the report names the width\n")
    }
    return fitting
  }

  private func lanes(for model: Model, images: Int) throws -> LaneChoice {
    let choice = LaneChoice(
      lanes: lanes, width: width, images: images, model: model, on: try machine())
    for note in choice.notes { StandardError.write("\(note); the results are the same\n") }
    return choice
  }

  private func engine(for model: Model, lanes: Int, width: Int) throws -> SearchEngine {
    try SearchEngine(
      model, on: try backend.make(torch, width: width), judging: try judging(), lanes: lanes,
      width: width, prepareThread: { OneDNNBackend.limitThreads() })
  }
}

extension ComputeOptions {
  /// What decides; nil where it is what searches.
  ///
  /// The default is on this machine's processor: a device may be wrong, and its numbers short.
  private func judging() throws -> (any Backend)? {
    let judge = self.judge ?? (backend == .torch ? .onednn : backend)
    if judge == backend, judge != .torch { return nil }
    return switch judge {
    case .onednn: OneDNNBackend()
    case .openblas: OpenBLASBackend()
    case .torch: try TorchBackend(device: torch.devices.all[0])
    }
  }
}

/// The backends that a command line can name.
enum BackendName: String, ExpressibleByArgument, CaseIterable {
  case onednn
  case openblas
  case torch

  /// What searches, one a device.
  func make(_ options: TorchOptions, width: Int?) throws -> [any Backend] {
    switch self {
    case .onednn: [OneDNNBackend()]
    case .openblas: [OpenBLASBackend()]
    case .torch:
      try options.devices.all.map {
        try TorchBackend(
          device: $0, precision: options.precision, fixedBatch: $0.kind == .cpu ? nil : width)
      }
    }
  }
}
