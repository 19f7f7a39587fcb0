import Graphs
import Tensors
import Testing

/// Published or independently computed sizes of a network.
///
/// The numbers were computed by instantiating the original PyTorch definitions on the meta device;
/// a multiply-accumulate is one product of a convolution or linear layer. `entries` is the length of
/// the state dictionary, in which a batch normalisation has five.
struct PublishedSize: Sendable, CustomTestStringConvertible {
  var name: String
  var classes: Int
  var parameters: Int
  var multiplyAccumulates: Int?
  var entries: Int?
  var side: Int?

  init(
    _ name: String, _ classes: Int, _ parameters: Int, _ multiplyAccumulates: Int? = nil,
    entries: Int? = nil, side: Int? = nil
  ) {
    self.name = name
    self.classes = classes
    self.parameters = parameters
    self.multiplyAccumulates = multiplyAccumulates
    self.entries = entries
    self.side = side
  }

  var testDescription: String { "\(name), \(classes) classes" }

  static let all: [PublishedSize] = [
    .init("wrn-28-10", 10, 36_479_194, 5_243_328_768, entries: 155),
    .init("wrn-28-10", 100, 36_536_884, 5_243_386_368, entries: 155),
    .init("wrn-34-10", 10, 46_160_474, 6_658_906_368, entries: 191),
    .init("wrn-34-10", 100, 46_218_164, 6_658_963_968, entries: 191),
    .init("wrn-34-15", 10, 103_819_674, 14_962_320_768, entries: 191),
    .init("wrn-34-20", 10, 184_531_674, 26_581_856_768, entries: 191),
    .init("wrn-34-20", 100, 184_646_964, 26_581_971_968, entries: 191),
    .init("wrn-70-16", 10, 266_796_506, 38_764_210_176, entries: 407),
    .init("wrn-70-16", 100, 266_888_756, 38_764_302_336, entries: 407),
    .init("wrn-106-16", 10, 415_475_162, 60_507_482_112, entries: 623),
    .init("wrn-94-16", 10, 365_915_610, 53_259_724_800, entries: 551),
    .init("wrn-82-8", 10, 79_125_466, 11_513_811_968, entries: 479),
    .init("wrn_16_1", 10, 175_066, 26_657_408, entries: 82),
    .init("wrn_16_1", 100, 180_916, 26_663_168, entries: 82),
    .init("wrn_16_2", 10, 691_674, 101_106_944, entries: 83),
    .init("wrn_40_1", 100, 569_780, 83_286_272, entries: 226),
    .init("wrn_40_2", 100, 2_255_156, 327_610_880, entries: 227),
    .init("dm-wrn-28-10-silu-c10", 10, 36_479_194, 5_243_328_768, entries: 155),
    .init("dm-wrn-28-10-silu-c100", 100, 36_536_884, 5_243_386_368, entries: 155),
    .init("dm-wrn-70-16-silu-c10", 10, 266_796_506, 38_764_210_176, entries: 407),
    .init("dm-preactresnet-18-silu-c10", 10, 12_548_426, 605_754_368, entries: 107),
    .init("dm-preactresnet-18-silu-c100", 100, 12_594_596, 605_800_448, entries: 107),
    .init("resnet-18-cifar", 10, 11_173_962, 555_422_720, entries: 122),
    .init("resnet-18-cifar", 100, 11_220_132, 555_468_800, entries: 122),
    .init("resnet-50-cifar", 10, 23_520_842, 1_297_829_888, entries: 320),
    .init("resnet-50-cifar", 100, 23_705_252, 1_298_014_208, entries: 320),
    .init("preactresnet-18-A", 10, 11_171_146, 555_422_720, entries: 102),
    .init("preactresnet-18-A", 100, 11_217_316, 555_468_800, entries: 102),
    .init("preactresnet-18-B", 10, 11_172_170, 555_422_720, entries: 107),
    .init("preactresnet-18-C", 100, 11_218_340, 555_468_800, entries: 107),
    .init("resnet8", 100, 83_892, 12_507_392, entries: 56),
    .init("resnet14", 100, 181_108, 26_663_168, entries: 92),
    .init("resnet20", 100, 278_324, 40_818_944, entries: 128),
    .init("resnet32", 100, 472_756, 69_130_496, entries: 200),
    .init("resnet44", 100, 667_188, 97_442_048, entries: 272),
    .init("resnet56", 100, 861_620, 125_753_600, entries: 344),
    .init("resnet110", 100, 1_736_564, 253_155_584, entries: 668),
    .init("resnet8x4", 100, 1_233_540, 177_071_104, entries: 62),
    .init("resnet32x4", 100, 7_433_860, 1_083_040_768, entries: 206),
    .init("vgg8_bn", 100, 3_965_028, 96_192_512, entries: 37),
    .init("vgg11_bn", 100, 9_277_284, 209_438_720, entries: 58),
    .init("vgg13_bn", 100, 9_462_180, 284_936_192, entries: 72),
    .init("vgg16_bn", 100, 14_774_436, 398_182_400, entries: 93),
    .init("mobilenetv2-half", 100, 812_836, 6_523_648, entries: 320),
    .init("shufflev1", 100, 949_258, 38_691_456, entries: 296),
    .init("shufflev2", 100, 1_355_528, 44_504_448, entries: 338),
    .init("bss-resnet8", 10, 75_290, 12_239_488, entries: 44),
    .init("bss-resnet26", 10, 366_938, 54_706_816, entries: 152),
    .init("resnet20-A", 10, 269_722),
    .init("resnet56-A", 10, 853_018),
    .init("tv-resnet18", 1000, 11_689_512, 1_814_073_344, entries: 122),
    .init("tv-resnet34", 1000, 21_797_672, 3_663_761_408, entries: 218),
    .init("tv-resnet50", 1000, 25_557_032, 4_089_184_256, entries: 320),
    .init("tv-resnet50", 1000, 25_557_032, 6_758_334_464, entries: 320, side: 288),
    .init("tv-wrn-50-2", 1000, 68_883_240, 11_398_021_120, entries: 320),
    .init("ra-wrn-70-16", 10, 267_240_802, 60_467_537_664, entries: 1147),
    .init("ra-wrn-101-2", 1000, 104_065_776, 25_504_396_544, entries: 661),
    .init("convnext-t", 1000, 28_589_128, 4_455_531_264, entries: 182),
    .init("convnext-s", 1000, 50_223_688, 8_683_712_256, entries: 344),
    .init("convnext-b", 1000, 88_591_464, 15_354_729_472, entries: 344),
    .init("convnext-l", 1000, 197_767_336, 34_361_433_600, entries: 344),
    .init("convnext-t-cvst", 1000, 28_627_432, 4_587_393_792, entries: 186),
    .init("convnext-s-cvst", 1000, 50_261_992, 8_815_574_784, entries: 348),
    .init("convnext-b-cvst", 1000, 88_753_416, 15_877_362_688, entries: 352),
    .init("convnext-l-cvst", 1000, 198_134_680, 35_535_552_000, entries: 352),
    .init("meansparse-ra-wrn-70-16", 10, 267_240_802, 60_467_537_664),
    .init("meansparse-dm-wrn-94-16-silu-c10", 10, 365_915_610, 53_259_724_800),
    .init("meansparse-convnext-l", 1000, 197_767_336, 34_361_433_600),
    .init("vit-s16", 1000, 22_050_664, 4_598_882_304, entries: 152),
    .init("vit-b16", 1000, 86_567_656, 17_563_828_224, entries: 152),
    .init("vit-s-cvst", 1000, 22_777_576, 4_976_406_528, entries: 168),
    .init("vit-b-cvst", 1000, 87_147_112, 17_912_451_072, entries: 168),
    .init("swin-t", 1000, 28_288_354, 4_490_566_656, entries: 173),
    .init("swin-s", 1000, 49_606_258, 8_740_875_264, entries: 329),
    .init("swin-b", 1000, 87_768_224, 15_430_946_816, entries: 329),
    .init("swin-l", 1000, 196_532_476, 34_475_759_616, entries: 329),
    .init("xcit-s12-p16", 1000, 26_253_304, entries: 391),
    .init("xcit-m12-p16", 1000, 46_401_160, entries: 391),
    .init("xcit-l12-p16", 1000, 103_792_648, entries: 391),
    .init("xcit-s12-cifar", 10, 25_872_154, entries: 391),
    .init("xcit-l12-cifar", 10, 103_031_338, entries: 391),
    .init("wrn-a4", 10, 147_291_738, 40_381_107_968, entries: 827),
    .init("wrn-34-r", 10, 68_116_698, 19_132_765_184, entries: 191),
    .init("resnext29-32x4d-cifar", 10, 6_807_882, entries: 188),
    .init("seresnet18", 1000, 11_779_624, entries: 154),
    .init("tv-regnetx-400mf", 1000, 5_495_976, entries: 428),
    .init("tv-regnetx-800mf", 1000, 7_259_656, entries: 320),
    .init("tv-regnetx-1.6gf", 1000, 9_190_136, entries: 356),
    .init("tv-regnetx-3.2gf", 1000, 15_296_552, entries: 482),
    .init("tv-regnetx-8gf", 1000, 39_572_648, entries: 446),
    .init("tv-regnetx-16gf", 1000, 54_278_536, entries: 428),
    .init("tv-regnetx-32gf", 1000, 107_811_560, entries: 446),
    .init("tv-regnety-400mf", 1000, 4_344_144, entries: 384),
    .init("tv-regnety-800mf", 1000, 6_432_512, entries: 340),
    .init("tv-regnety-1.6gf", 1000, 11_202_430, entries: 626),
    .init("tv-regnety-3.2gf", 1000, 19_436_338, entries: 494),
    .init("tv-regnety-8gf", 1000, 39_381_472, entries: 406),
    .init("tv-regnety-16gf", 1000, 83_590_140, entries: 428),
    .init("tv-regnety-32gf", 1000, 145_046_770, entries: 472),
    .init("tv-mobilenetv2", 1000, 3_504_872, entries: 314),
    .init("tv-mobilenetv3-small", 1000, 2_542_856, entries: 244),
    .init("tv-mobilenetv3-large", 1000, 5_483_032, entries: 312),
    .init("tv-efficientnet-b0", 1000, 5_288_548, 385_814_752, entries: 360),
    .init("tv-efficientnet-b1", 1000, 7_794_184, entries: 508),
    .init("tv-efficientnet-b2", 1000, 9_109_994, entries: 508),
    .init("tv-efficientnet-b3", 1000, 12_233_232, entries: 574),
    .init("tv-efficientnet-b4", 1000, 19_341_616, entries: 706),
    .init("tv-efficientnet-b5", 1000, 30_389_784, entries: 854),
    .init("tv-efficientnet-b6", 1000, 43_040_704, entries: 986),
    .init("tv-efficientnet-b7", 1000, 66_347_960, entries: 1200),
    .init("tv-densenet121", 1000, 7_978_856, entries: 727),
    .init("tv-densenet161", 1000, 28_681_000, entries: 967),
    .init("tv-densenet169", 1000, 14_149_480, entries: 1015),
    .init("tv-densenet201", 1000, 20_013_928, entries: 1207),
    .init("tv-googlenet", 1000, 6_624_904, entries: 344),
    .init("tv-squeezenet1.0", 1000, 1_248_424, entries: 52),
    .init("tv-squeezenet1.1", 1000, 1_235_496, entries: 52),
    .init("tv-alexnet", 1000, 61_100_840, entries: 16),
    .init("tv-vgg11", 1000, 132_863_336, entries: 22),
    .init("tv-vgg13", 1000, 133_047_848, entries: 26),
    .init("tv-vgg16", 1000, 138_357_544, entries: 32),
    .init("tv-vgg19", 1000, 143_667_240, entries: 38),
    .init("tv-vgg11-bn", 1000, 132_868_840, entries: 62),
    .init("tv-vgg13-bn", 1000, 133_053_736, entries: 76),
    .init("tv-vgg16-bn", 1000, 138_365_992, entries: 97),
    .init("tv-vgg19-bn", 1000, 143_678_248, entries: 118),
    .init("tv-resnet101", 1000, 44_549_160, entries: 626),
    .init("tv-resnet152", 1000, 60_192_808, entries: 932),
    .init("tv-resnext50", 1000, 25_028_904, entries: 320),
    .init("tv-resnext101", 1000, 88_791_336, entries: 626),
    .init("tv-wrn-101-2", 1000, 126_886_696, entries: 626),
    .init("mobilenetv1", 1000, 4_231_976, 568_740_352, entries: 164),
    .init("mnist-smallcnn", 10, 312_202, entries: 14),
    .init("cifar-cnn-a", 10, 214_918, entries: 8),
    .init("resnet4b", 10, 123_734, entries: 26),
  ]
}

@Suite("The architecture registry")
struct ArchitectureTests {
  @Test("A network has its published size", arguments: PublishedSize.all)
  func networkHasItsPublishedSize(_ published: PublishedSize) throws {
    let architecture = try #require(
      Architecture.named(
        published.name, classes: published.classes,
        input: published.side.map { FeatureShape(channels: 3, height: $0, width: $0) }))
    let summary = try architecture.summary()
    #expect(summary.parameters == published.parameters)
    #expect(summary.rows.last?.output == FeatureShape(channels: published.classes))
    if let expected = published.multiplyAccumulates {
      #expect(summary.multiplyAccumulates == expected)
    }
    if let expected = published.entries {
      let counters = architecture.parameterOrder.filter { $0.hasSuffix(".running_mean") }.count
      #expect(architecture.parameterOrder.count + counters == expected)
    }
  }

  @Test(
    "An alias means the network it stands for",
    arguments: [
      ("wrn34-10", "wrn-34-10"), ("WideResNet-34-10", "wrn-34-10"), ("WRN-28-10", "wrn-28-10"),
      ("wrn_40_2", "wrn-40-2"), ("resnet18", "resnet-18-cifar"), ("resnet50", "resnet-50-cifar"),
      ("ResNet18", "resnet-18-cifar"), ("vgg13", "vgg13_bn"), ("mobile_half", "mobilenetv2-half"),
      ("preactresnet18", "preactresnet-18-B"), ("resnet20-a", "resnet20-A"),
      ("RaWideResNet-70-16", "ra-wrn-70-16"), ("regnet_y_1_6gf", "tv-regnety-1.6gf"),
      ("efficientnet_b0", "tv-efficientnet-b0"), ("mobilenet_v3_small", "tv-mobilenetv3-small"),
    ])
  func aliasMeansItsNetwork(_ alias: String, _ name: String) throws {
    #expect(try #require(Architecture.named(alias)).name == name)
  }

  @Test(
    "A name without a network gives none",
    arguments: [
      "", "wrn", "wrn-34", "wrn-34-", "wrn-33-10", "wrn-4-10", "wrn-34-0", "wrn-99999999-10",
      "wrn-34-10x", "resnet9", "resnet2", "vgg12_bn", "wrn--34-10", "wrn-99999999999999999999-1",
    ])
  func nameWithoutNetworkGivesNone(_ name: String) {
    #expect(Architecture.named(name) == nil)
  }

  @Test(
    "A mistyped name brings up the right one",
    arguments: [
      ("wrn34-10s", "wrn-34-10"), ("wideresnet34-10", "wrn-34-10"),
      ("resnet-18-cfar", "resnet-18-cifar"),
      ("vgg16bn", "vgg16_bn"), ("tv-resnet-50", "tv-resnet50"), ("mobilenet-v1", "mobilenetv1"),
    ])
  func mistypedNameBringsUpTheRightOne(_ typed: String, _ name: String) {
    #expect(Architecture.suggestions(for: typed).contains(name))
  }

  @Test("A name unlike all others brings up nothing")
  func unlikeNameBringsUpNothing() {
    #expect(Architecture.suggestions(for: "efficientnet-b7-noisy-student").isEmpty)
  }

  @Test("Normalisation asked for is the first operation")
  func normalizationIsFirst() throws {
    let constants = Normalization(mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25])
    let plain = try #require(Architecture.named("resnet8"))
    let wrapped = try #require(Architecture.named("resnet8", normalization: constants))
    #expect(wrapped.graph.nodes[1].operation == .normalize(constants))
    #expect(plain.graph.nodes[1].operation.name == "convolution")
    #expect(wrapped.parameterShapes == plain.parameterShapes)
  }

  @Test("A stride-2 layer of the DeepMind form pads below and to the right")
  func deepMindFormPadsBelowAndRight() throws {
    let network = try #require(Architecture.named("dm-wrn-10-1-silu-c10"))
    let node = try #require(
      network.graph.nodes.first { $0.name == "layer.1.block.0.conv_0" })
    guard case .convolution(let convolution) = node.operation else {
      Issue.record("\(node.name) is no convolution")
      return
    }
    #expect(convolution.padding == Padding(top: 0, left: 0, bottom: 1, right: 1))
  }

  @Test("An image too small for the network is an error that names the layer")
  func tooSmallImageIsAnError() throws {
    let network = try #require(
      Architecture.named("vgg8_bn", input: FeatureShape(channels: 3, height: 4, width: 4)))
    let error = #expect(throws: GraphError.self) { try network.summary() }
    #expect(error?.place == "pool2")
  }

  @Test("The summary has one row a node with its own costs")
  func summaryHasOneRowANode() throws {
    let network = try #require(Architecture.named("cifar-cnn-a"))
    let rows = try network.summary().rows
    #expect(rows.count == network.graph.nodes.count)
    let first = try #require(rows.first { $0.name == "0" })
    // 16 kernels of 3×4×4 and 16 biases; 16×16 output pixels.
    #expect(first.parameters == 16 * 48 + 16)
    #expect(first.multiplyAccumulates == 16 * 48 * 256)
    #expect(first.output == FeatureShape(channels: 16, height: 16, width: 16))
    #expect(rows.first { $0.operation == "relu" }?.parameters == 0)
  }
}
