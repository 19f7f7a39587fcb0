import Graphs
import Tensors
import TestSupport
import Testing

/// How a model is rewritten.
enum Rewrite: String, CaseIterable {
  case freezingBatchNorm
  case foldingBatchNorm
  case convertingLinearToConvolution
  case everything

  func apply(_ model: Model) throws -> Model {
    switch self {
    case .freezingBatchNorm: model.freezingBatchNorm()
    case .foldingBatchNorm: model.foldingBatchNorm()
    case .convertingLinearToConvolution: try model.convertingLinearToConvolution()
    case .everything: try model.foldingBatchNorm().convertingLinearToConvolution()
    }
  }
}

@Suite("Rewrites")
struct RewriteTests {
  @Test("A rewrite keeps the function", arguments: OperationCase.all, Rewrite.allCases)
  func rewriteKeepsTheFunction(_ operation: OperationCase, _ rewrite: Rewrite) throws {
    let model = operation.model
    let rewritten = try rewrite.apply(model)
    var random = RandomStream(seed: 8).forked(operation.description)
    let image = random.image(shape: model.graph.input) { $0.uniform() }
    try expectNear(
      ReferenceNetwork(rewritten).logits(image), ReferenceNetwork(model).logits(image))
  }

  @Test(
    "A rewrite of a whole network keeps logits and gradient",
    arguments: [
      "dm-wrn-10-1-silu-c10", "resnet8x4", "shufflev2", "resnet8-A", "mobilenetv2-half",
    ])
  func rewriteOfWholeNetworkKeepsTheFunction(_ name: String) throws {
    let architecture = try #require(
      Architecture.named(
        name, classes: 10, input: FeatureShape(channels: 3, height: 16, width: 16)))
    let model = Model(
      graph: architecture.graph, parameters: Formula.parameters(of: architecture, gain: 2))
    let rewritten = try Rewrite.everything.apply(model)
    let image = Formula.image(0, shape: model.graph.input)
    let (before, after) = (try ReferenceNetwork(model), try ReferenceNetwork(rewritten))
    expectNear(after.logits(image), before.logits(image))
    let cotangent = (0..<10).map { Double($0) - 4.5 }
    expectNear(
      after.inputGradient(image, cotangent: cotangent),
      before.inputGradient(image, cotangent: cotangent))
  }

  /// Rewritten weights are rounded to `Float`, hence the tolerance.
  private func expectNear(_ found: [Double], _ expected: [Double]) {
    let scale = expected.map { abs($0) }.max() ?? 0
    #expect(found.count == expected.count)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 2e-6 * scale })
  }

  @Test("Freezing leaves no batch normalisation and no unused parameter")
  func freezingLeavesNoBatchNorm() throws {
    for operation in OperationCase.all {
      let frozen = operation.model.freezingBatchNorm()
      #expect(!operations(of: frozen).contains("batchNormalization"))
      #expect(Set(frozen.parameters.keys) == read(by: frozen))
    }
  }

  @Test("Folding removes a normalisation behind a convolution and nothing else")
  func foldingRemovesNormBehindConvolution() throws {
    let behind = try model("convolution, norm, relu 0").foldingBatchNorm()
    #expect(!operations(of: behind).contains("channelAffine"))
    // What it normalises is read by another node, too.
    let shared = try model("norm between two readers 0").foldingBatchNorm()
    #expect(operations(of: shared).contains("channelAffine"))
    let alone = try model("batchNormalization 0").foldingBatchNorm()
    #expect(operations(of: alone).contains("channelAffine"))
    #expect(Set(behind.parameters.keys) == read(by: behind))
  }

  @Test("A shared weight is not folded")
  func sharedWeightIsNotFolded() throws {
    var builder = GraphBuilder(input: FeatureShape(channels: 2, height: 3, width: 3))
    let first = builder.convolution(builder.input, "shared", channels: 2, kernel: 1)
    let norm = builder.batchNorm(first, "norm")
    _ = builder.globalAveragePool(builder.convolution(norm, "shared", channels: 2, kernel: 1))
    let parameters = builder.parameterShapes.mapValues { Tensor(shape: $0, repeating: 0.5) }
    let model = Model(graph: builder.built, parameters: parameters)
    let image = Image(shape: model.graph.input, repeating: 0.25)
    try expectNear(
      ReferenceNetwork(model.foldingBatchNorm()).logits(image),
      ReferenceNetwork(model).logits(image))
  }

  @Test("A normalisation at the very end is folded")
  func normAtTheEndIsFolded() throws {
    var builder = GraphBuilder(input: FeatureShape(channels: 3, height: 2, width: 2))
    let pooled = builder.globalAveragePool(builder.input)
    _ = builder.batchNorm(builder.convolution(pooled, "c", channels: 4, kernel: 1), "norm")
    let parameters = builder.parameterShapes.mapValues { Tensor(shape: $0, repeating: 0.75) }
    let model = Model(graph: builder.built, parameters: parameters)
    let folded = model.foldingBatchNorm()
    let image = Image(shape: model.graph.input, repeating: 0.25)
    #expect(operations(of: folded) == ["input", "globalAveragePool", "convolution"])
    try expectNear(
      ReferenceNetwork(folded).logits(image), ReferenceNetwork(model).logits(image))
  }

  @Test("No linear layer and no flattening in front of one remains")
  func noLinearLayerRemains() throws {
    let converted = try model("two linear layers 0").convertingLinearToConvolution()
    #expect(!operations(of: converted).contains("linear"))
    #expect(!operations(of: converted).contains("flatten"))
  }

  private func model(_ name: String) throws -> Model {
    try #require(OperationCase.all.first { $0.description == name }).model
  }

  private func operations(of model: Model) -> [String] {
    model.graph.nodes.map(\.operation.name)
  }

  private func read(by model: Model) -> Set<String> {
    Set(model.graph.nodes.flatMap(\.operation.parameterNames))
  }
}
