import Tensors

/// Networks that differ by numbers only, such as depth and width.
struct ArchitectureFamily: Sendable {
  /// Names with numbers as `<depth>`; the first is the canonical one, the others are aliases.
  var patterns: [String]
  /// The usual number of classes.
  var classes = 10
  /// The usual image.
  var input = FeatureShape(channels: 3, height: 32, width: 32)
  /// The normalisation that belongs to the network.
  var normalization: Normalization?
  /// Writes the network down and returns its logits, or nil where the numbers do not fit.
  var declare:
    @Sendable (
      _ builder: inout GraphBuilder, _ image: GraphBuilder.Value, _ numbers: [Int], _ classes: Int
    ) -> GraphBuilder.Value?

  static let all: [ArchitectureFamily] =
    wideResNets + revisedWideResNets + robustResNets + cifarResNets + smallResNets + vggs
    + mobileNets + shuffleNets + imageNetResNets + squeezedResNets + invertedResidualNetworks
    + convNeXts + visionTransformers + swinTransformers + crossCovarianceTransformers
    + regNets + denseNets + inceptionNets
    + imageNetClassics + smallNetworks
}

extension ArchitectureFamily {
  /// The network with some numbers; nil where the numbers do not fit.
  func member(
    _ numbers: [Int], classes: Int, input: FeatureShape? = nil,
    normalization: Normalization? = nil
  ) -> Architecture? {
    var builder = GraphBuilder(input: input ?? self.input)
    var image = builder.input
    if let constants = normalization ?? self.normalization {
      image = builder.normalize(image, constants)
    }
    guard declare(&builder, image, numbers, classes) != nil else { return nil }
    return Architecture(
      name: name(numbers), graph: builder.built, parameterShapes: builder.parameterShapes,
      parameterOrder: builder.parameterOrder)
  }
}

extension ArchitectureFamily {
  /// A network for images of ImageNet.
  static func imageNetNetwork(
    _ patterns: [String], side: Int = 224,
    declare:
      @escaping @Sendable (
        _ builder: inout GraphBuilder, _ image: GraphBuilder.Value, _ classes: Int
      ) -> GraphBuilder.Value?
  ) -> ArchitectureFamily {
    ArchitectureFamily(
      patterns: patterns, classes: 1000,
      input: FeatureShape(channels: 3, height: side, width: side)
    ) { builder, image, _, classes in
      declare(&builder, image, classes)
    }
  }
}

// MARK: - Names

extension ArchitectureFamily {
  /// A part of a pattern.
  enum Piece {
    case text(String)
    case number(String)
  }

  /// Numbers beyond these are no network but a mistake, or an attempt to exhaust memory.
  static let largestNumber = 1202

  /// `wrn-<depth>` is the text `wrn-` and the number `depth`.
  static func pieces(of pattern: String) -> [Piece] {
    var pieces: [Piece] = []
    for part in pattern.split(separator: "<") {
      if let end = part.firstIndex(of: ">") {
        pieces.append(.number(String(part[..<end])))
        let rest = part[part.index(after: end)...]
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
      } else {
        pieces.append(.text(String(part)))
      }
    }
    return pieces
  }

  /// The canonical name with its numbers.
  func name(_ numbers: [Int]) -> String {
    var remaining = numbers[...]
    return Self.pieces(of: patterns[0]).map { piece in
      switch piece {
      case .text(let text): text
      case .number: remaining.popFirst().map(String.init) ?? ""
      }
    }.joined()
  }

  /// The numbers of a name that follows one of the patterns, else nil.
  func numbers(in name: String) -> [Int]? {
    for pattern in patterns {
      if let numbers = Self.numbers(in: name.lowercased(), pattern.lowercased()) { return numbers }
    }
    return nil
  }

  private static func numbers(in name: String, _ pattern: String) -> [Int]? {
    var rest = name[...]
    var numbers: [Int] = []
    for piece in pieces(of: pattern) {
      switch piece {
      case .text(let text):
        guard rest.hasPrefix(text) else { return nil }
        rest = rest.dropFirst(text.count)
      case .number:
        let digits = rest.prefix { ("0"..."9").contains($0) }
        guard let number = Int(digits), (1...largestNumber).contains(number) else { return nil }
        numbers.append(number)
        rest = rest.dropFirst(digits.count)
      }
    }
    return rest.isEmpty ? numbers : nil
  }
}
