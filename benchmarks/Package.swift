// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "benchmarks",
  dependencies: [.package(name: "robeval", path: "..")],
  targets: [
    .executableTarget(
      name: "passes",
      dependencies: [.product(name: "RobevalKit", package: "robeval")]),
    .executableTarget(
      name: "steps",
      dependencies: [.product(name: "RobevalKit", package: "robeval")]),
  ],
  swiftLanguageModes: [.v6]
)
