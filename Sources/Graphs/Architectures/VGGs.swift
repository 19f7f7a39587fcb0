import Tensors

extension ArchitectureFamily {
  /// Source: Simonyan & Zisserman, *Very deep convolutional networks*, ICLR 2015, with batch
  /// normalisation and one linear layer, as in RepDistiller.
  static let vggs: [ArchitectureFamily] = [
    vgg("8", convolutions: [1, 1, 1, 1, 1]),
    vgg("11", convolutions: [1, 1, 2, 2, 2]),
    vgg("13", convolutions: [2, 2, 2, 2, 2]),
    vgg("16", convolutions: [2, 2, 3, 3, 3]),
  ]

  private static func vgg(_ depth: String, convolutions: [Int]) -> ArchitectureFamily {
    ArchitectureFamily(patterns: ["vgg\(depth)_bn", "vgg\(depth)"], classes: 100) {
      builder, image, _, classes in
      builder.vgg(image, convolutions, classes: classes)
    }
  }
}

extension GraphBuilder {
  fileprivate mutating func vgg(_ image: Value, _ convolutions: [Int], classes: Int) -> Value {
    var x = image
    for (block, channels) in [64, 128, 256, 512, 512].enumerated() {
      for position in 0..<convolutions[block] {
        // A convolution, its normalisation and its activation count as three modules.
        let name = "block\(block).\(3 * position)"
        x = convolution(
          x, name, channels: channels, kernel: 3, padding: Padding(1), bias: .present)
        x = relu(batchNorm(x, "block\(block).\(3 * position + 1)"))
      }
      // Images of 32×32 keep 4×4 pixels for the last two blocks.
      if block < 3 || (block == 3 && image.shape.height >= 64) {
        x = maxPool(x, Pooling(kernel: Size(2)), "pool\(block)")
      }
    }
    return classify(x, "classifier", classes: classes)
  }
}
