// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Numeric targets are optimised in debug builds too, so that a plain `swift run` stays usable.
let numeric: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
  name: "robeval",
  products: [
    .executable(name: "robeval", targets: ["robeval"]),
    .executable(name: "robtrain", targets: ["robtrain"]),
    .library(
      name: "RobevalKit",
      targets: [
        "Analysis", "Attacks", "Checkpoints", "Datasets", "Evaluation", "Execution", "Graphs",
        "OneDNNBackend", "OpenBLASBackend", "Pictures", "Reports", "RobevalKit", "Tensors",
        "Training",
      ]),
    .executable(name: "AttackYourOwn", targets: ["AttackYourOwn"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5-serial", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(
      name: "CKernels",
      cSettings: [.unsafeFlags(["-O3"], .when(configuration: .debug))]),

    .target(
      name: "CEmbedding",
      cSettings: [.unsafeFlags(["-O3"], .when(configuration: .debug))]),

    .target(name: "Tensors", swiftSettings: numeric),
    .target(name: "Graphs", dependencies: ["Tensors"], swiftSettings: numeric),
    .target(name: "Execution", dependencies: ["Graphs", "Tensors"], swiftSettings: numeric),
    .target(
      name: "OneDNNBackend",
      dependencies: ["COneDNN", "CKernels", "Execution", "Graphs", "Tensors"],
      swiftSettings: numeric),
    .target(
      name: "OpenBLASBackend", dependencies: ["COpenBLAS", "Execution", "Graphs", "Tensors"],
      swiftSettings: numeric),
    .target(
      name: "TorchBackend", dependencies: ["Execution", "Graphs", "Tensors"],
      swiftSettings: numeric),
    .target(name: "MessagePassing", dependencies: ["Execution"], swiftSettings: strict),
    .target(
      name: "Files", dependencies: ["CCrypto", "CHDF5", "CZlib", "Tensors"],
      swiftSettings: numeric),
    .target(
      name: "Checkpoints",
      dependencies: [
        "Files", "Graphs", "Tensors",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["ONNX/README.md", "ONNX/onnx.proto", "RobustBench/README.md"],
      resources: [.embedInCode("RobustBench/models.tsv")], swiftSettings: numeric),
    .target(
      name: "Datasets", dependencies: ["CPNG", "CTurboJPEG", "Files", "Tensors"],
      resources: [.copy("Samples")], swiftSettings: numeric),
    .target(name: "Attacks", dependencies: ["Execution", "Tensors"], swiftSettings: numeric),
    .target(name: "Pictures", dependencies: ["Files"], swiftSettings: strict),
    .target(
      name: "Training",
      dependencies: [
        "Attacks", "Checkpoints", "Datasets", "Execution", "Files", "Graphs", "Pictures", "Tensors",
      ],
      swiftSettings: numeric),
    .target(
      name: "Analysis",
      dependencies: [
        "Attacks", "CEmbedding", "Evaluation", "Execution", "Files", "Pictures", "Reports",
        "Tensors",
      ],
      swiftSettings: numeric),
    .target(
      name: "Evaluation",
      dependencies: [
        "Attacks", "Checkpoints", "Datasets", "Execution", "Files", "Graphs", "Tensors",
      ],
      swiftSettings: numeric),
    .target(
      name: "Reports", dependencies: ["Datasets", "Evaluation", "Execution", "Files", "Tensors"],
      swiftSettings: strict),
    .target(
      name: "RobevalKit",
      dependencies: [
        "Attacks", "Checkpoints", "Datasets", "Evaluation", "Execution", "Graphs", "Reports",
        "Tensors",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "AttackYourOwn", dependencies: ["RobevalKit"],
      path: "benchmarks/examples/Sources/AttackYourOwn", swiftSettings: strict),
    .target(
      name: "CommandLineSupport",
      dependencies: [
        "Files", "TorchBackend",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "robeval",
      dependencies: [
        "Analysis", "Attacks", "Checkpoints", "CommandLineSupport", "Datasets", "Evaluation",
        "Execution",
        "Files", "Graphs", "OneDNNBackend", "OpenBLASBackend", "Pictures", "Reports", "Tensors",
        "TorchBackend",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .executableTarget(
      name: "robtrain",
      dependencies: [
        "Attacks", "Checkpoints", "CommandLineSupport", "Datasets", "Execution", "Files", "Graphs",
        "MessagePassing", "OneDNNBackend", "OpenBLASBackend", "Pictures", "Tensors", "TorchBackend",
        "Training",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Attacks", "Execution", "Graphs", "Tensors"],
      path: "Tests/TestSupport", swiftSettings: numeric),
    .testTarget(
      name: "TensorsTests", dependencies: ["Tensors"], swiftSettings: numeric),
    .testTarget(
      name: "TestSupportTests", dependencies: ["Execution", "Graphs", "Tensors", "TestSupport"],
      swiftSettings: numeric),
    .testTarget(
      name: "GraphsTests", dependencies: ["Graphs", "Tensors", "TestSupport"],
      swiftSettings: numeric),
    .testTarget(
      name: "BackendTests",
      dependencies: [
        "Execution", "Graphs", "OneDNNBackend", "OpenBLASBackend", "Tensors", "TestSupport",
        "TorchBackend",
      ],
      resources: [.copy("Fixtures")], swiftSettings: numeric),
    .testTarget(
      name: "FilesTests", dependencies: ["Files", "Tensors"],
      resources: [.copy("Fixtures")], swiftSettings: numeric),
    .testTarget(
      name: "CheckpointsTests",
      dependencies: ["Checkpoints", "Files", "Graphs", "Tensors", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: numeric),
    .testTarget(
      name: "DatasetsTests", dependencies: ["Datasets", "Files", "Tensors"],
      resources: [.copy("Fixtures")], swiftSettings: numeric),
    .testTarget(
      name: "AttacksTests",
      dependencies: [
        "Attacks", "Execution", "Graphs", "OneDNNBackend", "Tensors", "TestSupport",
      ],
      exclude: ["Fixtures"], swiftSettings: numeric),
    .testTarget(
      name: "ScaleOutTests",
      dependencies: [
        "Attacks", "Checkpoints", "Datasets", "Evaluation", "Execution", "Files", "OneDNNBackend",
        "Reports", "Tensors",
      ],
      swiftSettings: numeric),
    .testTarget(
      name: "VerificationTests",
      dependencies: [
        "Attacks", "Checkpoints", "Datasets", "Evaluation", "Execution", "Files", "Graphs",
        "OneDNNBackend", "OpenBLASBackend", "Reports", "Tensors",
      ],
      resources: [.copy("Fixtures")], swiftSettings: numeric),
    .testTarget(
      name: "CommandLineSupportTests", dependencies: ["CommandLineSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "AnalysisTests",
      dependencies: [
        "Analysis", "Attacks", "Execution", "Files", "Graphs", "OneDNNBackend", "Tensors",
        "TestSupport",
      ],
      resources: [.copy("Fixtures")], swiftSettings: numeric),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Attacks", "Checkpoints", "Datasets", "Execution", "Files", "Graphs", "OneDNNBackend",
        "OpenBLASBackend", "Tensors", "TestSupport", "Training",
      ],
      resources: [.copy("Fixtures")], swiftSettings: numeric),
    .testTarget(
      name: "ExecutionTests", dependencies: ["Execution", "Graphs", "Tensors"],
      swiftSettings: numeric),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "Attacks", "Checkpoints", "Datasets", "Evaluation", "Execution", "Files", "Graphs",
        "OneDNNBackend", "OpenBLASBackend", "Reports", "Tensors",
      ],
      exclude: ["Fixtures"], swiftSettings: numeric),
  ],
  swiftLanguageModes: [.v6]
)
