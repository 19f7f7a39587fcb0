import Tensors

extension ArchitectureFamily {
  /// Source: Radosavovic et al., *Designing network design spaces*, CVPR 2020; stages as in
  /// torchvision.
  static let regNets: [ArchitectureFamily] = [
    regNet("x", "400mf", [32, 64, 160, 400], [1, 2, 7, 12], [16, 16, 16, 16]),
    regNet("x", "800mf", [64, 128, 288, 672], [1, 3, 7, 5], [16, 16, 16, 16]),
    regNet("x", "1.6gf", [72, 168, 408, 912], [2, 4, 10, 2], [24, 24, 24, 24]),
    regNet("x", "3.2gf", [96, 192, 432, 1008], [2, 6, 15, 2], [48, 48, 48, 48]),
    regNet("x", "8gf", [80, 240, 720, 1920], [2, 5, 15, 1], [80, 120, 120, 120]),
    regNet("x", "16gf", [256, 512, 896, 2048], [2, 6, 13, 1], [128, 128, 128, 128]),
    regNet("x", "32gf", [336, 672, 1344, 2520], [2, 7, 13, 1], [168, 168, 168, 168]),
    regNet("y", "400mf", [48, 104, 208, 440], [1, 3, 6, 6], [8, 8, 8, 8]),
    regNet("y", "800mf", [64, 144, 320, 784], [1, 3, 8, 2], [16, 16, 16, 16]),
    regNet("y", "1.6gf", [48, 120, 336, 888], [2, 6, 17, 2], [24, 24, 24, 24]),
    regNet("y", "3.2gf", [72, 216, 576, 1512], [2, 5, 13, 1], [24, 24, 24, 24]),
    regNet("y", "8gf", [224, 448, 896, 2016], [2, 4, 10, 1], [56, 56, 56, 56]),
    regNet("y", "16gf", [224, 448, 1232, 3024], [2, 4, 11, 1], [112, 112, 112, 112]),
    regNet("y", "32gf", [232, 696, 1392, 3712], [2, 5, 12, 1], [232, 232, 232, 232]),
  ]

  /// X has no gates, Y has.
  private static func regNet(
    _ kind: String, _ size: String, _ widths: [Int], _ blocks: [Int], _ groupWidths: [Int]
  ) -> ArchitectureFamily {
    let alias = "regnet_\(kind)_\(size.replacing(".", with: "_"))"
    return imageNetNetwork(["tv-regnet\(kind)-\(size)", alias]) { builder, image, classes in
      var x = builder.activatedConvolution(
        image, "stem", channels: 32, kernel: 3, stride: 2, by: .relu)
      for (stage, count) in blocks.enumerated() {
        for block in 0..<count {
          x = builder.regNetBlock(
            x, "trunk_output.block\(stage + 1).block\(stage + 1)-\(block)",
            channels: widths[stage], groups: widths[stage] / groupWidths[stage],
            stride: block == 0 ? 2 : 1, squeezed: kind == "y" ? x.shape.channels.quarter : nil)
        }
      }
      return builder.classify(x, "fc", classes: classes)
    }
  }
}

extension GraphBuilder {
  fileprivate mutating func regNetBlock(
    _ x: Value, _ name: String, channels: Int, groups: Int, stride: Int, squeezed: Int?
  ) -> Value {
    let carried = shortcut(
      x, name, channels: channels, stride: stride, .projection("proj"))
    var y = activatedConvolution(x, name + ".f.a", channels: channels, kernel: 1, by: .relu)
    y = activatedConvolution(
      y, name + ".f.b", channels: channels, kernel: 3, stride: stride, groups: groups, by: .relu)
    if let squeezed { y = squeezedAndExcited(y, name + ".f.se", inner: squeezed) }
    y = normalizedConvolution(y, name + ".f.c.0", name + ".f.c.1", channels: channels, kernel: 1)
    return relu(add(y, carried, name + ".add"), name)
  }
}
