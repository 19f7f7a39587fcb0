import Execution
import Graphs
import Tensors
import Testing

@Suite("The choice of lanes and width") struct LaneChoiceTests {
  /// 192 pixels, 192 values behind a ReLU, 10 logits.
  private static var model: Model {
    var builder = GraphBuilder(input: FeatureShape(channels: 3, height: 8, width: 8))
    _ = builder.linear(builder.flatten(builder.relu(builder.input)), "classes", outputs: 10)
    return Model(
      graph: builder.built,
      parameters: builder.parameterShapes.mapValues {
        Tensor(shape: $0, elements: [Float](repeating: 0, count: $0.reduce(1, *)))
      })
  }

  private static func choice(
    lanes: Int? = nil, width: Int? = nil, images: Int, cores: Int = 4, memory: Int = 1 << 34
  ) -> LaneChoice {
    LaneChoice(
      lanes: lanes, width: width, images: images, model: model,
      on: .processor(cores: cores, memory: memory))
  }

  @Test("By default there is one lane a core, of the usual width, whatever the work")
  func defaults() {
    for images in [1, 5, 10_000] {
      let choice = Self.choice(images: images)
      #expect((choice.lanes, choice.width) == (4, 32))
      #expect(choice.notes == [])
    }
  }

  /// By hand: two threads a core at most, one an image beyond the cores.
  @Test(
    "Lanes are not more than the images and the cores can use",
    arguments: [(500, 5, 5), (500, 10_000, 8), (3, 10_000, 3), (8, 100, 8), (6, 1, 4)])
  func lanes(asked: Int, images: Int, used: Int) {
    let choice = Self.choice(lanes: asked, images: images)
    #expect(choice.lanes == used)
    #expect(choice.notes.count == (asked == used ? 0 : 1))
    #expect(choice.notes.allSatisfy { $0.hasPrefix("--lanes \(asked): \(used) are used") })
  }

  /// By hand: 32 is usual, and 10,000 images on four lanes are 2,500 each.
  @Test(
    "Lanes are not wider than the images make them",
    arguments: [
      (4096, 5, 32), (4096, 10_000, 2500), (64, 10_000, 64), (1, 10_000, 1), (64, 200, 50),
    ])
  func widths(asked: Int, images: Int, used: Int) {
    let choice = Self.choice(width: asked, images: images)
    #expect(choice.width == used)
    #expect(choice.notes.count == (asked == used ? 0 : 1))
  }

  @Test("What is asked for fits into half of the memory")
  func memory() {
    let memory = 1 << 22
    let choice = Self.choice(width: 4096, images: 100_000, memory: memory)
    // Pixels, values, logits and their derivatives, four bytes each.
    #expect(choice.lanes * choice.width * (192 + 192 + 10) * 2 * 4 <= memory / 2)
    #expect(choice.width > 32)
    #expect(choice.notes.count == 1 && choice.notes[0].contains("memory"))
  }

  /// By hand: half of the memory for four lanes of images that take 6,224 bytes each.
  @Test(
    "An accelerator's width follows from its memory alone, and its lanes from the images",
    arguments: [
      (1 << 34, 10_000, 256, 4), (1 << 34, 300, 256, 2), (1 << 34, 5, 256, 1),
      (2 * 4 * 6224 * 64, 10_000, 64, 4), (2 * 4 * 6224 * 64 - 1, 10_000, 32, 4),
      (6224, 100, 1, 4),
    ])
  func accelerators(memory: Int, images: Int, width: Int, lanes: Int) {
    let choice = LaneChoice(
      lanes: nil, width: nil, images: images, model: Self.model,
      on: .accelerator(cores: 16, memory: memory))
    #expect((choice.width, choice.lanes) == (width, lanes))
    let wider = LaneChoice(
      lanes: nil, width: 4096, images: images, model: Self.model,
      on: .accelerator(cores: 16, memory: memory))
    #expect(wider.width == 4096)
  }

  @Test("Several accelerators have lanes each, as far as cores and images go")
  func severalAccelerators() {
    for (cores, images, lanes) in [(16, 10_000, 8), (6, 10_000, 2), (16, 300, 2)] {
      let choice = LaneChoice(
        lanes: nil, width: nil, images: images, model: Self.model,
        on: .accelerator(cores: cores, memory: 1 << 34, devices: 2))
      #expect(choice.lanes == lanes)
    }
  }
}
