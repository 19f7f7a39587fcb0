// swift-tools-version: 6.2
import PackageDescription

// A package as a stranger writes it, beside a checkout of robeval. The same sources are a target of
// robeval's own package, so that its tests build and run them.
let package = Package(
  name: "examples",
  dependencies: [.package(name: "robeval", path: "../..")],
  targets: [
    .executableTarget(
      name: "AttackYourOwn",
      dependencies: [.product(name: "RobevalKit", package: "robeval")])
  ]
)
