public import Execution
public import Graphs
import Foundation
internal import Tensors

/// Networks on PyTorch's kernels, on this machine's processor or an accelerator.
///
/// The library is found and loaded at run time, through its C interface; no Python runs.
public struct TorchBackend: Backend {
  private let context: TorchContext
  /// What the exact path computes with: single precision whatever the fast path has.
  private let exactContext: TorchContext
  private let fixedBatch: Int?

  /// Finds the library and prepares a device.
  ///
  /// - Parameters:
  ///   - device: where networks are computed.
  ///   - precision: in which numbers the fast path and training compute.
  ///   - fixedBatch: how many images the fast path always computes at once, so that an accelerator
  ///     never chooses other kernels; nil for as many as a plan takes.
  /// - Throws: ``BackendError`` when there is no library, it is too old, or has no such device.
  public init(
    device: TorchDevice = .cpu, precision: TorchPrecision = .float32, fixedBatch: Int? = nil
  ) throws(BackendError) {
    let library = try TorchLibrary.load(for: device.kind, precision: precision)
    context = try TorchContext(library, device: device, precision: precision)
    exactContext =
      precision == .float32
      ? context : try TorchContext(library, device: device, precision: .float32)
    self.fixedBatch = fixedBatch
  }

  /// For example `torch 2.11.0+cu130 on cuda` or `torch 2.11.0+cu130 on cuda in tf32`; which of equal
  /// devices computes decides no result.
  public var description: String {
    "torch \(context.library.version) on \(context.device.kind.rawValue)"
      + (context.precision == .float32 ? "" : " in \(context.precision.rawValue)")
  }

  /// The processor that computes, for example `AVX-512` or `NVIDIA H100 80GB HBM3`.
  public var instructionSet: String { context.processor }

  /// Gives a network's weights to the device.
  ///
  /// - Parameters:
  ///   - model: the network; its shapes are checked.
  ///   - numerics: fast or exact, which is single precision with nothing folded.
  /// - Returns: what plans are made from.
  /// - Throws: ``BackendError`` when a shape does not fit or memory is short.
  public func compile(
    _ model: Model, for numerics: Numerics
  ) throws(BackendError) -> any CompiledNetwork {
    do { _ = try model.classes() } catch { throw BackendError(error) }
    return try TorchNetwork(
      model, numerics: numerics, fixedBatch: numerics == .fast ? fixedBatch : nil,
      on: numerics == .fast ? context : exactContext)
  }
}

extension TorchBackend {
  /// Makes a plan for training a network.
  ///
  /// - Parameters:
  ///   - model: the network; of its parameters only the shapes matter.
  ///   - batch: how many images it takes at once.
  ///   - statistics: what batch normalisations use.
  ///   - derivatives: what the plan's backward pass must give.
  /// - Returns: a plan.
  /// - Throws: ``BackendError`` when a shape does not fit, a batch gives a channel one value, or
  ///   memory is short.
  public func trainingPlan(
    for model: Model, batch: Int, statistics: NormalizationStatistics,
    computing derivatives: Derivatives
  ) throws(BackendError) -> any TrainingPlan {
    let shapes: [FeatureShape]
    let classes: Int
    do {
      shapes = try model.shapes()
      classes = try model.classes()
      if statistics == .batch { try model.graph.requireVariance(batch: batch, shapes: shapes) }
    } catch { throw BackendError(error) }
    return try TorchTrainingPlan(
      model, shapes: shapes, classes: classes, batch: batch, statistics: statistics,
      computing: derivatives, on: context)
  }
}
