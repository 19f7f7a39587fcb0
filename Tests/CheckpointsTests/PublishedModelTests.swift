import Graphs
import Testing

@testable import Checkpoints

/// The expected values are RobustBench's, written down by hand from its `model_info` files.
struct PublishedModelTests {
  private func model(_ path: String) throws -> PublishedModel {
    let found = PublishedModel.named(path)
    return try #require(found.count == 1 ? found.first : nil)
  }

  @Test(arguments: [
    ("cifar10/Linf/Carmon2019Unlabeled", "wrn-28-10", "8/255", "89.69", "59.53"),
    ("cifar10/Linf/Zhang2019Theoretically", "wrn-34-10", "0.031", "84.92", "53.08"),
    ("cifar10/Linf/Rice2020Overfitting", "wrn-34-20", "8/255", "85.34", "53.42"),
    ("cifar10/Linf/Wang2023Better_WRN-70-16", "dm-wrn-70-16-silu-c10", "8/255", "93.25", "70.69"),
    ("cifar10/Linf/Wong2020Fast", "preactresnet-18-A", "8/255", "83.34", "43.21"),
    ("cifar10/L2/Engstrom2019Robustness", "resnet-50-cifar", "0.5", "90.83", "69.24"),
    ("cifar10/L2/Rice2020Overfitting", "preactresnet-18-B", "0.5", "88.67", "67.68"),
    ("cifar100/Linf/Rice2020Overfitting", "preactresnet-18-C", "8/255", "53.83", "18.95"),
    ("cifar100/Linf/Chen2024Data_WRN_34_10", "wrn-34-10", "8/255", "64.32", "31.13"),
    (
      "cifar100/Linf/Rade2021Helper_R18_ddpm", "dm-preactresnet-18-silu-c100", "8/255", "61.50",
      "28.88"
    ),
    ("imagenet/Linf/Salman2020Do_50_2", "tv-wrn-50-2", "4/255", "68.46", "38.14"),
    ("imagenet/Linf/Salman2020Do_R18", "tv-resnet18", "4/255", "52.92", "25.32"),
  ])
  func factsAreThoseStated(
    path: String, architecture: String, eps: String, clean: String, autoAttack: String
  ) throws {
    let model = try model(path)
    #expect(model.architecture == architecture)
    #expect(model.eps == eps)
    #expect(model.clean == clean)
    #expect(model.autoAttack == autoAttack)
  }

  @Test func inputsAreNormalisedAsStated() throws {
    #expect(try model("cifar10/Linf/Carmon2019Unlabeled").scaling == .none)
    #expect(
      try model("cifar10/L2/Engstrom2019Robustness").scaling
        == .constants(
          Normalization(mean: [0.4914, 0.4822, 0.4465], deviation: [0.2023, 0.1994, 0.2010])))
    #expect(
      try model("imagenet/Linf/Engstrom2019Robustness").scaling
        == .constants(
          Normalization(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])))
    #expect(try model("cifar10/Linf/Ding2020MMA").scaling == .perImage)
    #expect(try model("cifar100/corruptions/Modas2021PRIMEResNet18").scaling == .file)
    #expect(try model("imagenet/Linf/Chen2024Data_WRN_50_2").scaling == .none)
  }

  @Test func betterEvaluationsStandBesideAutoAttack() throws {
    let model = try model("cifar10/Linf/Kang2021Stable")
    #expect(model.autoAttack == "71.28")
    #expect(model.best == "64.20")
    #expect(model.architecture == nil)
  }

  @Test func thereIsALineForEveryModelOfTheZoo() {
    let counts = Dictionary(grouping: PublishedModel.all) { "\($0.dataset)/\($0.threat)" }
      .mapValues(\.count)
    #expect(
      counts == [
        "cifar10/Linf": 76, "cifar10/L2": 21, "cifar10/corruptions": 17, "cifar100/Linf": 38,
        "cifar100/corruptions": 12, "imagenet/Linf": 30, "imagenet/corruptions": 12,
      ])
    #expect(Set(PublishedModel.all.map(\.path)).count == 206)
  }

  @Test func theRegistryHasEveryNetworkThatIsNamed() throws {
    for model in PublishedModel.all {
      guard let name = model.architecture else { continue }
      let network = try #require(Architecture.named(name), "\(model.path)")
      #expect(network.name == name)
    }
  }

  /// A network that normalises by itself must do it with the constants that are listed.
  @Test func networksWithConstantsOfTheirOwnHaveThoseListed() throws {
    for model in PublishedModel.all {
      guard let name = model.architecture, name.hasPrefix("dm-"),
        case .constants(let constants) = model.scaling
      else { continue }
      let network = try #require(Architecture.named(name))
      let graph = Model(graph: network.graph, parameters: [:])
      #expect(graph.inputNormalization == constants, "\(model.path)")
    }
  }
}
