import Tensors

extension ArchitectureFamily {
  /// The depth is 6n + 2: three layers of n blocks of two convolutions.
  static let smallResNets: [ArchitectureFamily] = [
    // RepDistiller's, after He et al. with projections as shortcuts.
    ArchitectureFamily(patterns: ["resnet<depth>"], classes: 100) {
      builder, image, numbers, classes in
      builder.smallResNet(
        image, depth: numbers[0], widths: [16, 16, 32, 64], shortcut: .projection("downsample"),
        head: "fc", classes: classes)
    },
    ArchitectureFamily(patterns: ["resnet<depth>x4"], classes: 100) {
      builder, image, numbers, classes in
      builder.smallResNet(
        image, depth: numbers[0], widths: [32, 64, 128, 256], shortcut: .projection("downsample"),
        head: "fc", classes: classes)
    },
    // Those of He et al., §4.2, with shortcuts that have no parameters.
    ArchitectureFamily(patterns: ["resnet<depth>-A"]) { builder, image, numbers, classes in
      builder.smallResNet(
        image, depth: numbers[0], widths: [16, 16, 32, 64], shortcut: .zerosAround,
        head: "linear", classes: classes)
    },
    ArchitectureFamily(patterns: ["bss-resnet<depth>"]) { builder, image, numbers, classes in
      builder.smallResNet(
        image, depth: numbers[0], widths: [16, 16, 32, 64], shortcut: .zerosBehind,
        head: "linear", classes: classes)
    },
  ]
}

extension GraphBuilder {
  fileprivate mutating func smallResNet(
    _ image: Value, depth: Int, widths: [Int], shortcut: Shortcut, head: String, classes: Int
  ) -> Value? {
    guard depth >= 8, depth % 6 == 2 else { return nil }
    var x = relu(normalizedConvolution(image, "conv1", "bn1", channels: widths[0], kernel: 3))
    for layer in 1...3 {
      for block in 0..<(depth - 2) / 6 {
        x = basicBlock(
          x, "layer\(layer).\(block)", channels: widths[layer],
          stride: layer > 1 && block == 0 ? 2 : 1, shortcut: shortcut)
      }
    }
    return classify(x, head, classes: classes)
  }
}
