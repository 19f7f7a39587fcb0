public import Foundation
public import Graphs
public import Tensors

/// Reference results of networks whose weights and images come from a formula.
public struct GoldenNetworks: Decodable, Sendable {
  /// A hash that the formula must give for an element of a tensor.
  public struct HashCheck: Decodable, Sendable {
    /// The number of the tensor, the element and the hash.
    public let t, i, h: UInt32
  }

  /// Known values of the hash.
  public let hashChecks: [HashCheck]
  /// The first pixels of image 0 of 3×32×32.
  public let firstPixels: [Float]
  /// The sum of all its pixels.
  public let pixelSum: Double
  /// The networks by name.
  public let networks: [String: GoldenNetwork]
  private let positions: [String: [String: [[Int]]]]

  enum CodingKeys: String, CodingKey {
    case hashChecks = "hash_check"
    case firstPixels = "image0_32_first4"
    case pixelSum = "image0_32_sum"
    case networks = "architectures"
    case positions = "grad_positions"
  }

  /// Reads the file.
  ///
  /// - Parameter file: JSON of the format `golden-architectures-1`.
  /// - Throws: when the file cannot be read.
  public init(file: URL) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
  }

  /// Where the listed derivatives of an evaluation lie: image, channel, row, column.
  ///
  /// - Parameter side: of the images.
  /// - Returns: the positions, empty for a side that has none.
  public func evaluationPositions(side: Int) -> [[Int]] {
    positions["eval"]?["\(side)"] ?? []
  }

  /// Where the listed derivatives of a training step lie.
  ///
  /// - Parameter side: of the images.
  /// - Returns: the positions, empty for a side that has none.
  public func trainingPositions(side: Int) -> [[Int]] {
    positions["train"]?["\(side)"] ?? []
  }
}

/// A network and what it must give.
public struct GoldenNetwork: Decodable, Sendable {
  /// A parameter.
  public struct Parameter: Decodable, Sendable {
    /// The name in a checkpoint.
    public let name: String
    /// The extents.
    public let shape: [Int]

    /// Reads `[name, shape]`.
    ///
    /// - Parameter decoder: of the file.
    /// - Throws: when the pair is something else.
    public init(from decoder: any Decoder) throws {
      var pair = try decoder.unkeyedContainer()
      name = try pair.decode(String.self)
      shape = try pair.decode([Int].self)
    }
  }

  /// Sums over all parameters.
  public struct ParameterCheck: Decodable, Sendable {
    /// Of the values.
    public let sum: Double
    /// Of the absolute values.
    public let absoluteSum: Double

    enum CodingKeys: String, CodingKey {
      case sum
      case absoluteSum = "abs_sum"
    }
  }

  /// The constants of the first operation.
  public struct Constants: Decodable, Sendable {
    /// Per channel.
    public let mean, std: [Float]
  }

  /// The number of logits.
  public let classes: Int
  /// Channels, height, width.
  public let input: [Int]
  /// Scales the weights so that activations stay moderate.
  public let gain: Double
  /// Makes weights, biases and tokens smaller still, so that an ε shows; 1 where nothing is said.
  public let multiplier: Double?
  /// The normalisation inside the network, if any.
  public let norm: Constants?
  /// The trainable values.
  public let parameterCount: Int
  /// All parameters in checkpoint order.
  public let parameters: [Parameter]
  /// What the parameters sum up to.
  public let check: ParameterCheck
  /// Results with running statistics.
  public let evaluation: GoldenEvaluation
  /// Results with batch statistics, for some networks.
  public let training: GoldenTraining?

  enum CodingKeys: String, CodingKey {
    case input, gain, multiplier, norm
    case classes = "num_classes"
    case parameterCount = "params"
    case parameters = "tensors"
    case check = "tensor_check"
    case evaluation = "eval"
    case training = "train"
  }

  /// The shape of an image.
  public var shape: FeatureShape {
    FeatureShape(channels: input[0], height: input[1], width: input[2])
  }

  /// The registry's network for an entry: names such as `mobilenetv1-64` say the image size too.
  ///
  /// - Parameter name: the entry's.
  /// - Returns: the network, or nil if the registry has none.
  public func architecture(named name: String) -> Architecture? {
    let end = name.range(of: "(-64|-224|-224-norm)$", options: .regularExpression)
    return Architecture.named(
      String(name[..<(end?.lowerBound ?? name.endIndex)]), classes: classes, input: shape,
      normalization: norm.map { Normalization(mean: $0.mean, deviation: $0.std) })
  }

  /// The parameters by the formula, in the fixture's order.
  ///
  /// - Returns: by name. O(parameters).
  public func formulaParameters() -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (position, parameter) in parameters.enumerated() {
      result[parameter.name] = Formula.parameter(
        parameter.name, shape: parameter.shape, number: position, gain: gain,
        multiplier: multiplier ?? 1)
    }
    return result
  }
}

/// What a network gives for a few images.
public struct GoldenEvaluation: Decodable, Sendable {
  /// An input gradient of a loss summed over the images.
  public struct Gradient: Decodable, Sendable {
    /// Norms over the whole batch.
    public let l2, l1, linf: Double
    /// Derivatives at the listed positions.
    public let values: [Double]
  }

  /// How far a float32 implementation may be off.
  public struct Tolerance: Decodable, Sendable {
    /// Relative to the largest logit.
    public let logits: Double
    /// Of the norms of a gradient, relative.
    public let gradientNorm: Double
    /// Of a derivative, relative to the largest.
    public let gradientValues: Double
    /// Of the norm of a parameter's gradient, relative.
    public let parameterGradientNorm: Double?
    /// Of a sum of running statistics, per channel.
    public let runningStatistic: Double?

    enum CodingKeys: String, CodingKey {
      case logits
      case parameterGradientNorm = "param_grad_l2"
      case runningStatistic = "bn_sum_per_channel"
      case gradientNorm = "grad_norm"
      case gradientValues = "grad_values"
    }
  }

  /// The numbers of the images.
  public let images: [Int]
  /// Their labels.
  public let labels: [Int]
  /// The predicted classes.
  public let argmax: [Int]
  /// All logits, unless there are a thousand.
  public let logits: [[Double]]?
  /// The first twenty of a thousand logits.
  public let firstLogits: [[Double]]?
  /// The sum of a thousand logits.
  public let logitSums: [Double]?
  /// The Euclidean norm of a thousand logits.
  public let logitNorms: [Double]?
  /// The cross-entropy per image and its gradient.
  public let crossEntropy: [Double], crossEntropyGradient: Gradient
  /// The most likely class but the label, and the difference of logits ratio with its gradient.
  public let target: [Int], ratio: [Double], ratioGradient: Gradient
  /// The Euclidean norms of the parameters' gradients of the summed cross-entropy, in order.
  public let parameterGradientNorms: [Double]?
  /// How far a float32 implementation may be off.
  public let tolerance: Tolerance

  enum CodingKeys: String, CodingKey {
    case images, labels, argmax, logits, tolerance
    case firstLogits = "logits_first20"
    case logitSums = "logits_sum"
    case logitNorms = "logits_l2"
    case crossEntropy = "ce"
    case crossEntropyGradient = "ce_grad"
    case target = "dlr_target"
    case ratio = "dlr"
    case ratioGradient = "dlr_grad"
    case parameterGradientNorms = "param_grad_l2"
  }
}

/// What a network gives for a step of training: mean cross-entropy, batch statistics.
public struct GoldenTraining: Decodable, Sendable {
  /// Some numbers of a tensor.
  public struct Extract: Decodable, Sendable {
    /// The Euclidean norm, where it is given.
    public let l2: Double?
    /// The sum, and the first three values.
    public let sum: Double, first3: [Double]
  }

  /// The running statistics of a batch normalisation after one update.
  public struct Normalization: Decodable, Sendable {
    /// What stands before the parameters' names.
    public let name: String
    /// The mean and the variance.
    public let mean, variance: Extract

    enum CodingKeys: String, CodingKey {
      case name
      case mean = "running_mean"
      case variance = "running_var"
    }
  }

  /// The numbers of the images.
  public let images: [Int]
  /// Their labels.
  public let labels: [Int]
  /// One row an image.
  public let logits: [[Double]]
  /// How far running statistics move; a tenth where nothing is said.
  public let momentum: Double?
  /// The mean cross-entropy.
  public let crossEntropy: Double
  /// Its input gradient.
  public let inputGradient: GoldenEvaluation.Gradient
  /// The first and the last batch normalisation.
  public let normalizations: [String: Normalization]
  /// The sums of running means and variances after the update, for every batch normalisation.
  public let runningSums: [String: [Double]]
  /// Some gradients.
  public let gradients: [String: Extract]
  /// The Euclidean norms of all gradients, in order.
  public let gradientNorms: [Double]
  /// How far a float32 implementation may be off.
  public let tolerance: GoldenEvaluation.Tolerance

  enum CodingKeys: String, CodingKey {
    case images, labels, logits, tolerance
    case momentum = "bn_momentum"
    case crossEntropy = "ce_mean"
    case inputGradient = "input_grad"
    case normalizations = "bn"
    case runningSums = "bn_sums"
    case gradients = "param_grads"
    case gradientNorms = "param_grad_l2"
  }
}

/// Weights and images from integer arithmetic, the same in every language.
public enum Formula {
  /// The hash of an element.
  ///
  /// - Parameters:
  ///   - tensor: the number of the tensor.
  ///   - element: the row-major position.
  /// - Returns: a well mixed word.
  public static func hash(tensor: UInt32, element: UInt32) -> UInt32 {
    var h = element &* 2_654_435_761 &+ (tensor &+ 1) &* 2_246_822_519 &+ 374_761_393
    h ^= h >> 15
    h &*= 2_246_822_519
    h ^= h >> 13
    h &*= 3_266_489_917
    return h ^ h >> 16
  }

  /// The number that everything else is made of, uniform in [−½, ½).
  ///
  /// - Parameters:
  ///   - tensor: the number of the tensor.
  ///   - element: the row-major position.
  /// - Returns: the number.
  public static func value(tensor: Int, element: Int) -> Double {
    Double(
      hash(
        tensor: UInt32(truncatingIfNeeded: tensor), element: UInt32(truncatingIfNeeded: element)))
      / 4_294_967_296 - 0.5
  }

  /// All parameters of a network, numbered in the order of its checkpoint.
  ///
  /// - Parameters:
  ///   - architecture: names and extents.
  ///   - gain: scales weights.
  /// - Returns: the values by name.
  public static func parameters(of architecture: Architecture, gain: Double) -> [String: Tensor] {
    var parameters: [String: Tensor] = [:]
    for (number, name) in architecture.parameterOrder.enumerated() {
      parameters[name] = architecture.parameterShapes[name].map {
        parameter(name, shape: $0, number: number, gain: gain)
      }
    }
    return parameters
  }

  /// A parameter; its kind shows in its rank and the end of its name.
  ///
  /// - Parameters:
  ///   - name: in the checkpoint.
  ///   - shape: the extents.
  ///   - number: the position in the checkpoint.
  ///   - gain: scales weights.
  ///   - multiplier: of weights, biases and tokens.
  /// - Returns: the values, rounded to `Float` once.
  public static func parameter(
    _ name: String, shape: [Int], number: Int, gain: Double, multiplier: Double = 1
  ) -> Tensor {
    let (factor, offset) =
      if let named = named(String(name.split(separator: ".").last ?? "")) {
        named
      } else if shape.count >= 2 {
        ((12 * gain / Double(shape.dropFirst().reduce(1, *))).squareRoot(), 0.0)
      } else if name.hasSuffix(".running_var") {
        (0.8, 1.4)
      } else if name.hasSuffix(".weight") {
        (0.4, 1.0)
      } else {
        (0.4, 0.0)
      }
    let isScaled =
      offset == 0 && !name.hasSuffix(".running_mean")
      && (shape.count >= 2 || name.hasSuffix("bias"))
    let share = isScaled ? multiplier : 1
    var tensor = Tensor(shape: shape)
    tensor.withUnsafeMutableElements { elements in
      for i in elements.indices {
        elements[i] = Float(share * (offset + factor * value(tensor: number, element: i)))
      }
    }
    return tensor
  }

  /// The factor and summand of parameters that are known by the last part of their names.
  private static func named(_ part: String) -> (Double, Double)? {
    switch part {
    case "cls_token", "class_token", "pos_embed", "pos_embedding", "dist_token": (1, 0)
    case "relative_position_bias_table": (2, 0)
    case "temperature": (1.6, 4)
    case "gamma", "gamma1", "gamma2", "gamma3", "layer_scale": (0.4, 0.5)
    case "threshold": (0.1, 0.3)
    case "alpha": (0.4, 1)
    case "beta": (0.1, 0.2)
    default: nil
    }
  }

  /// An image with pixels in [0, 1].
  ///
  /// - Parameters:
  ///   - number: which.
  ///   - shape: its extent.
  /// - Returns: the image.
  public static func image(_ number: Int, shape: FeatureShape) -> Image {
    Image(
      shape: shape,
      pixels: (0..<shape.count).map { Float(value(tensor: 1000 + number, element: $0) + 0.5) })
  }
}
