internal import COneDNN
public import Execution
public import Graphs
internal import Tensors

/// Networks on oneDNN's kernels: the fast path on a CPU.
///
/// Activations stay in the blocked layout nChw16c from the image to the logits; batch normalisation
/// is folded where a convolution precedes it; ReLU and residual sums happen inside convolutions;
/// 3×3 convolutions use a Winograd algorithm of our own where it pays and the numerics allow it.
public struct OneDNNBackend: Backend {
  private let sharing: ArenaSharing
  /// Over whose shares of a batch normalisations take their statistics.
  private let ranks: any Ranks

  /// Creates the backend; nothing is loaded before a network is compiled.
  public init() { self.init(sharing: .shared) }

  /// Creates a backend whose batch normalisations see the shares of all ranks in training.
  ///
  /// - Parameter ranks: who must run every plan at the same time.
  public init(statisticsOver ranks: any Ranks) { self.init(sharing: .shared, ranks: ranks) }

  /// Creates a backend whose plans share memory otherwise, to compare results with.
  package init(sharing: ArenaSharing, ranks: any Ranks = SingleRank()) {
    self.sharing = sharing
    self.ranks = ranks
  }

  /// For example `onednn 2.6.3`.
  public var description: String { Engine.version }

  /// What oneDNN uses, which `ONEDNN_MAX_CPU_ISA` can lower, for example `AVX-512`.
  ///
  /// The bits of our own element-wise kernels depend on no machine; they contract nothing.
  public var instructionSet: String { Engine.instructionSet }

  /// Makes primitives that the calling thread runs use that thread alone.
  ///
  /// One lane a core scales better than many threads in one primitive. Calls `omp_set_num_threads`.
  public static func limitThreads() { useThreads(1) }

  /// Makes primitives that the calling thread runs use so many threads.
  ///
  /// Calls `omp_set_num_threads`.
  ///
  /// - Parameter count: at least 1.
  public static func useThreads(_ count: Int) {
    precondition(count > 0, "something must run")
    omp_set_num_threads(Int32(count))
  }

  /// Lowers a network and prepares its weights for packing.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - numerics: fast or exact.
  /// - Returns: what plans are made from.
  /// - Throws: ``BackendError`` when a shape does not fit.
  public func compile(
    _ model: Model, for numerics: Numerics
  ) throws(BackendError) -> any CompiledNetwork {
    do {
      return try OneDNNNetwork(
        lowering: model, numerics: numerics, engine: Engine.shared.get(), sharing: sharing)
    } catch let error as GraphError {
      throw BackendError(error)
    } catch let error as BackendError {
      throw error
    } catch {
      throw BackendError(place: "compile", problem: "\(error)")
    }
  }
}

extension OneDNNBackend {
  /// Makes a plan for training a network.
  ///
  /// It runs on as many threads as the calling thread may use now, see ``useThreads(_:)``.
  ///
  /// - Parameters:
  ///   - model: the network; of its parameters only the shapes matter.
  ///   - batch: how many images it takes at once.
  ///   - statistics: what batch normalisations use.
  ///   - derivatives: what the plan's backward pass must give.
  /// - Returns: a plan.
  /// - Throws: ``BackendError`` when a shape does not fit, or a batch gives a channel one value.
  public func trainingPlan(
    for model: Model, batch: Int, statistics: NormalizationStatistics,
    computing derivatives: Derivatives
  ) throws(BackendError) -> any TrainingPlan {
    precondition(batch > 0, "a plan takes at least one image")
    do {
      _ = try model.classes()
      if statistics == .batch {
        try model.graph.requireVariance(batch: batch * ranks.count, shapes: try model.shapes())
      }
      let network = try OneDNNNetwork(
        training: model, engine: Engine.shared.get(), sharing: sharing)
      var builder = PlanBuilder(
        network, batch: batch,
        training: Training(
          statistics: statistics, derivatives: derivatives, store: ParameterStore(model),
          ranks: ranks))
      return try builder.trainingPlan()
    } catch let error as GraphError {
      throw BackendError(error)
    } catch let error as BackendError {
      throw error
    } catch {
      throw BackendError(place: "training", problem: "\(error)")
    }
  }
}

extension Model {
  /// The model without batch normalisations and linear layers.
  func lowered(for numerics: Numerics) throws(GraphError) -> Model {
    let frozen = numerics == .fast ? foldingBatchNorm() : freezingBatchNorm()
    return try frozen.convertingLinearToConvolution()
  }
}
