// swift-tools-version: 6.2
import PackageDescription

let robeval = Target.Dependency.product(name: "RobevalKit", package: "robeval")

let package = Package(
  name: "benchmarks",
  dependencies: [.package(name: "robeval", path: "..")],
  targets: [
    .target(
      name: "Formula", dependencies: [robeval],
      swiftSettings: [.enableUpcomingFeature("InternalImportsByDefault")]),
    .executableTarget(name: "passes", dependencies: ["Formula", robeval]),
    .executableTarget(name: "steps", dependencies: ["Formula", robeval]),
    .executableTarget(name: "trades", dependencies: ["Formula", robeval]),
    .target(
      name: "Measuring", swiftSettings: [.enableUpcomingFeature("InternalImportsByDefault")]),
    .executableTarget(name: "maps", dependencies: ["Measuring", robeval]),
    .executableTarget(name: "busy", dependencies: ["Measuring", robeval]),
  ],
  swiftLanguageModes: [.v6]
)
