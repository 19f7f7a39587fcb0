import Evaluation
import Execution
import Graphs
import OpenBLASBackend
import Tensors
import Testing

@Suite("A device with too little memory, and one that is lost", .timeLimit(.minutes(5)))
struct DeviceTroubleTests {
  private static var model: Model {
    var builder = GraphBuilder(input: FeatureShape(channels: 1, height: 2, width: 2))
    _ = builder.linear(builder.flatten(builder.input), "classes", outputs: 3)
    return Model(
      graph: builder.built,
      parameters: builder.parameterShapes.mapValues {
        Tensor(shape: $0, elements: (0..<$0.reduce(1, *)).map { Float($0) })
      })
  }

  private static func engine(lanes: Int, width: Int, memory: Int) async throws -> SearchEngine {
    let device = TroubledNetwork.Device(memory: memory)
    let network = try OpenBLASBackend().compile(model, for: .fast)
    return try await SearchEngine.fitting(model, width: width) { width in
      SearchEngine(
        LanePool(
          lanes: lanes, width: width, fast: TroubledNetwork(network, on: device), exact: network,
          prepareThread: {}),
        backend: "test", rounding: [])
    }
  }

  /// By hand: lanes · width must not exceed the memory.
  @Test(
    "The width is halved until all lanes fit at once",
    arguments: [(1, 256, 256, 256), (1, 256, 255, 128), (4, 256, 200, 32), (3, 7, 3, 1)])
  func halves(lanes: Int, width: Int, memory: Int, fits: Int) async throws {
    let engine = try await Self.engine(lanes: lanes, width: width, memory: memory)
    #expect(engine.pool.width == fits)
    engine.pool.stop()
  }

  @Test("Where not even one image a lane fits, the error says so")
  func nothingFits() async throws {
    let error = await #expect(throws: BackendError.self) {
      try await Self.engine(lanes: 2, width: 8, memory: 1)
    }
    #expect(error?.isOutOfMemory == true)
    #expect(error.map { "\($0)" } == "empty_strided on cuda:0: CUDA out of memory")
  }

  @Test(
    "A run whose device is lost ends with its words, and the same run goes on", arguments: [1, 2])
  func lost(lanes: Int) async throws {
    let scratch = try Scratch()
    let run = try SmallRun(images: 12)
    let whole = try await run.settle(in: scratch.path("whole"))
    let device = TroubledNetwork.Device(batches: 30)
    let error = await #expect(throws: BackendError.self) {
      try await run.settle(
        in: scratch.path("lost"), lanes: lanes,
        searchingWith: { TroubledNetwork($0, on: device) })
    }
    #expect(error.map { "\($0)" } == "copy_ on cuda:0: the device is lost")
    let entries = try await Self.kept(in: scratch.path("lost"), of: run)
    #expect(!entries.isEmpty && entries.count < whole.count)
    let resumed = try await run.settle(in: scratch.path("lost"), lanes: lanes)
    #expect(SmallRun.timeless(resumed) == SmallRun.timeless(whole))
  }

  /// What a folder holds of a run; nobody owns the folder afterwards.
  private static func kept(in folder: String, of run: SmallRun) async throws -> [LedgerEntry] {
    let journal = try RunDirectory(folder, settings: run.settings).journal(
      shape: FeatureShape(channels: 3, height: 32, width: 32))
    return await journal.entries
  }
}
