import Attacks
import Foundation
import Graphs
import Tensors
import TestSupport
import Testing

@testable import Training

/// A step of a distillation, as PyTorch took it; some runs are of two steps.
struct GoldenDistillation: Decodable {
  struct Step: Decodable {
    var gradient_without_weight_decay: [String: GoldenRun.ChecksumOrNumber]
    var loss_parts: [String: Double]
    var after: GoldenRun.After
    var prior_matrix_after_epoch: [[Double]]?
  }

  /// How many there are, or what they were like.
  enum Epochs: Decodable {
    case number(Int)
    case steps([Step])

    init(from decoder: any Decoder) throws {
      if let number = try? decoder.singleValueContainer().decode(Int.self) {
        self = .number(number)
      } else {
        self = .steps(try [Step](from: decoder))
      }
    }
  }

  struct Crossing: Decodable {
    var base: [Int]
    var v_l2: [Double]
    var adv: Checksum
    var final_margin_fb_minus_fk: [Double]
  }

  struct Particle: Decodable {
    var delta_l2_per_image: [Double]
    var delta: Checksum
    var particle: Checksum
  }

  enum Deviation: Decodable {
    case number(Float)
    case median

    init(from decoder: any Decoder) throws {
      let number = try? decoder.singleValueContainer().decode(Float.self)
      self = number.map { .number($0) } ?? .median
    }
  }

  var batch: Int
  var lr: Double
  var weight_decay: Double
  var T: Double?
  var T2: Double?
  var squaredErrorWeight: Double?
  var crossEntropyWeight: Double?
  var warmup: Int?
  var epoch: Int?
  var epochs: Epochs?
  var teacher_logits_first_image: [Double]?
  var attack_size: Int?
  var clip: String?
  var labels: [Int]?
  var teacher_fc_scale: Double?
  var teacher_fc_bias: [Float]?
  var student_fc_scale: Double?
  var student_fc_bias: [Float]?
  var candidates: [Int]?
  var candidate_scores: [Double]?
  var chosen_in_order: [Int]?
  var targets: [Int]?
  var attack: Crossing?
  var space: String?
  var K: Int?
  var L: Int?
  var eta: Float?
  var eps: Float?
  var sigma: Deviation?
  var n: Int?
  var student_forward: String?
  var particles: [Particle]?
  var teacher_ce_on_particles: [Double]?
  var phi_l2_per_row: [Double]?
  var gradient_without_weight_decay: [String: GoldenRun.ChecksumOrNumber]?
  var loss_parts: [String: Double]?
  var after: GoldenRun.After?

  private enum CodingKeys: String, CodingKey {
    case batch, lr, weight_decay, T, T2, warmup, epoch, epochs, teacher_logits_first_image
    case attack_size, clip, labels, teacher_fc_scale, teacher_fc_bias, student_fc_scale
    case student_fc_bias, candidates, candidate_scores, chosen_in_order, targets, attack, space
    case K, L, eta, eps, sigma, n, student_forward, particles, teacher_ce_on_particles
    case phi_l2_per_row, gradient_without_weight_decay, loss_parts, after
    case squaredErrorWeight = "wmse_weight (code beta)"
    case crossEntropyWeight = "sce_weight (code alpha)"
  }

  /// The fixture's runs, in the order of names.
  static func runs() throws -> [(name: String, run: GoldenDistillation)] {
    struct File: Decodable { var runs: [String: GoldenDistillation] }
    return try GoldenRun.fixture("06_distillation", as: File.self).runs.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }

  /// What was expected, step by step.
  var steps: [Step] {
    if case .steps(let steps) = epochs { return steps }
    guard let gradient_without_weight_decay, let loss_parts, let after else { return [] }
    return [
      Step(
        gradient_without_weight_decay: gradient_without_weight_decay, loss_parts: loss_parts,
        after: after)
    ]
  }
}

extension GoldenDistillation {
  private static let meanOfCIFAR100: [Float] = [0.5071, 0.4867, 0.4408]
  private static let deviationOfCIFAR100: [Float] = [0.2675, 0.2565, 0.2761]

  /// Both networks normalise the image themselves.
  private func network(_ net: String, scale: Double?, bias: [Float]?) throws -> Model {
    var model = try GoldenRun.model(net, outputScale: scale ?? 1)
    if let bias { model.parameters["fc.bias"] = Tensor(shape: [bias.count], elements: bias) }
    let space = BoundaryDistillation.publishedSpace
    return model.normalizingInput(
      attack == nil
        ? Normalization(mean: Self.meanOfCIFAR100, deviation: Self.deviationOfCIFAR100)
        : Normalization(mean: space.mean, deviation: space.deviation))
  }

  func student() throws -> Model {
    try network("resnet8", scale: student_fc_scale, bias: student_fc_bias)
  }

  func teacher() throws -> Model {
    try network("resnet20", scale: teacher_fc_scale, bias: teacher_fc_bias)
  }

  /// Where lengths are measured.
  var inputSpace: InputSpace {
    if let clip {
      let published = BoundaryDistillation.publishedSpace
      return clip.hasPrefix("image")
        ? InputSpace(mean: published.mean, deviation: published.deviation) : published
    }
    if space == "pixel" { return .pixels }
    return InputSpace(
      mean: Self.meanOfCIFAR100, deviation: Self.deviationOfCIFAR100,
      bounds: n == nil ? nil : -2.5...2.5)
  }

  var loss: TrainingLoss {
    if let attack_size {
      return .boundaryDistillation(
        BoundaryDistillation(
          temperature: T ?? 3, samples: attack_size, target: .second, space: inputSpace))
    }
    if let squaredErrorWeight, let crossEntropyWeight, let T, let T2 {
      let isGlobal = steps.contains { $0.prior_matrix_after_epoch != nil }
      return .decoupledDistillation(
        DecoupledDivergence(
          squaredErrorWeight: squaredErrorWeight, crossEntropyWeight: crossEntropyWeight,
          classWeights: isGlobal ? .classMeans(temperature: T2) : .sample(temperature: T2),
          reach: .second, temperature: T),
        warmUpEpochs: warmup ?? 1)
    }
    if let n {
      return .localDistribution(
        LocalDistribution(
          count: n, particles: .authorCode, space: inputSpace, batches: .joint))
    }
    guard let K, let L, let eta, let eps, let sigma else {
      return .distillation(labels: 0.1, weight: 0.9, temperature: T ?? 4)
    }
    let bandwidth: SteinParticles.Bandwidth =
      if case .number(let deviation) = sigma { .fixed(deviation) } else { .median }
    return .localDistribution(
      LocalDistribution(
        count: K, radius: eps,
        particles: .paper(steps: L, length: eta, spread: 1, bandwidth: bandwidth),
        space: inputSpace,
        batches: student_forward?.hasPrefix("one") == true ? .joint : .separate))
  }

  var recipe: Recipe {
    var length = 80
    if case .number(let epochs) = epochs { length = epochs }
    return Recipe(
      name: "golden", epochs: length, batchSize: batch,
      optimizer: Optimizer(weightDecay: weight_decay), learningRate: .constant(lr), loss: loss,
      forwardOrder: loss.passes)
  }

  func images() -> TrainingBatch {
    let shape = FeatureShape(channels: 3, height: 32, width: 32)
    let indices = Array(0..<batch)
    return TrainingBatch(
      images: indices.map { Formula.image($0, shape: shape) },
      labels: labels ?? indices.map { $0 % 10 }, indices: indices)
  }

  /// Where particles begin: the first of every image, then the second.
  func offsets() -> [Image] {
    let factor = n == nil ? 2 * Double(eps ?? 0) : 1
    return (0..<(n ?? K ?? 0)).flatMap { draw in
      images().images.enumerated().map { index, image in
        var offset = image
        for position in offset.pixels.indices {
          offset.pixels[position] = Float(
            factor * Formula.value(tensor: 5000 + 100 * draw + index, element: position))
        }
        return offset
      }
    }
  }
}
