internal import Execution
public import Graphs
internal import Tensors

extension SearchEngine {
  /// Starts lanes of the largest width whose batches fit into memory, on all lanes at once.
  ///
  /// Tried before a run begins, so that it does not fail for want of memory later: what lanes have
  /// taken they keep.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - width: the first that is tried; each further one is half of the last.
  ///   - make: starts lanes of a width.
  /// - Returns: the lanes.
  /// - Throws: what `make` throws; `BackendError` when not even one image a lane fits.
  public static func fitting(
    _ model: Model, width: Int, _ make: (Int) throws -> SearchEngine
  ) async throws -> SearchEngine {
    var width = width
    while true {
      let engine = try make(width)
      do {
        try await engine.pool.tryOut(Image(shape: model.graph.input, repeating: 0.5))
        return engine
      } catch let error as BackendError where error.isOutOfMemory && width > 1 {
        engine.pool.stop()
        width /= 2
      }
    }
  }
}
