internal import Execution
internal import Graphs
internal import Tensors

/// A network in evaluation mode, every image on its own, on all lanes.
final class FrozenNetwork: Sendable {
  private let graph: Graph
  private let names: Set<String>
  private let network: any CompiledNetwork
  private let pool: LanePool

  init(_ model: Model, on machine: Machine) throws {
    graph = model.graph
    names = Set(graph.nodes.flatMap(\.operation.parameterNames))
    let network = try machine.backend.compile(model, for: .fast)
    self.network = network
    pool = LanePool(
      lanes: machine.lanes ?? machine.threads,
      width: machine.width ?? LanePool.usualWidth(for: model), fast: network,
      exact: network, prepareThread: { machine.useThreads(1) })
  }

  deinit { pool.stop() }

  /// Puts other weights in the place of the present ones.
  func reload(_ parameters: [String: Tensor]) throws {
    // Layers that a loss adds are trained too, and are no part of the network.
    try network.reload(
      Model(graph: graph, parameters: parameters.filter { names.contains($0.key) }))
  }

  /// The logits of images, a row an image.
  func logits(of images: [Image]) async throws -> [[Float]] {
    try await each(images.count) { position, oracle in
      try await oracle.logits(at: images[position])
    }
  }

  /// Does something for every number below a count, on all lanes.
  ///
  /// - Returns: the results in the order of numbers, whichever came first.
  func each<Result: Sendable>(
    _ count: Int, _ work: @escaping @Sendable (Int, LaneOracle) async throws -> Result
  ) async throws -> [Result] {
    try await pool.map(Array(0..<count), work)
  }
}
