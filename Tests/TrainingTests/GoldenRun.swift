import Foundation
import Tensors

/// A summary of a tensor.
struct Checksum: Decodable {
  var n: Int
  var sum: Double
  var asum: Double
  var l2: Double
  var first3: [Double]
  /// Of the value less its first value.
  var change: [Checksum]

  private enum CodingKeys: String, CodingKey { case n, sum, asum, l2, first3, change }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    n = try values.decode(Int.self, forKey: .n)
    sum = try values.decode(Double.self, forKey: .sum)
    asum = try values.decode(Double.self, forKey: .asum)
    l2 = try values.decode(Double.self, forKey: .l2)
    first3 = try values.decode([Double].self, forKey: .first3)
    change = try values.decodeIfPresent(Checksum.self, forKey: .change).map { [$0] } ?? []
  }
}

/// A run of some training steps, as PyTorch took them.
struct GoldenRun: Decodable {
  struct Descent: Decodable {
    var lr: Double?
    var base_lr: Double?
    var momentum: Double
    var weight_decay: Double
    var nesterov: Bool
  }

  struct Crafting: Decodable {
    var x_adv: Checksum
    var delta: Checksum
    var probe_index: [Int]
    var probe_value: [Double]
    var n_at_plus_eps: Int
    var n_at_minus_eps: Int
    var n_box_0: Int
    var n_box_1: Int
    var loss_sum_trace: [Double]
  }

  struct WeightPerturbation: Decodable {
    var loss_at_unperturbed_weights_train_mode: Double
    var n_perturbed_tensors: Int?
    var v: [String: Checksum]
  }

  struct After: Decodable {
    var params: [String: Checksum]
    var buffers: [String: Checksum]
    var all_params_l2: Double
    var all_params_change_l2: Double
    var all_buffers_l2: Double
    var all_buffers_change_l2: Double
  }

  struct Step: Decodable {
    /// First and last.
    var images: [Int]
    var x_adv: Checksum?
    var crafting: Crafting?
    var awp: WeightPerturbation?
    var loss: Double?
    var loss_parts: [String: Double]?
    var gradient_without_weight_decay: [String: ChecksumOrNumber]?
    var after: After?
  }

  enum ChecksumOrNumber: Decodable {
    case checksum(Checksum)
    case number(Double)

    init(from decoder: any Decoder) throws {
      if let number = try? decoder.singleValueContainer().decode(Double.self) {
        self = .number(number)
      } else {
        self = .checksum(try Checksum(from: decoder))
      }
    }
  }

  struct Epoch: Decodable {
    var epoch: Int
    var lr: Double
    var eps: Double
    var batches: [Step]
    var class_mean_matrix_after_epoch: [[Double]]
  }

  struct Evaluation: Decodable {
    var ce_on_first_batch: Double
    var logits_first_image: [Double]
  }

  struct CraftingWeights: Decodable {
    var wmse: Double
    var sce: Double
  }

  /// The published recipe whose crafting and loss it has; nil where the run tells them itself.
  var published: String?
  var batch_size: Int?
  var net: String
  var fc_scale: Double
  var label_mod: Int?
  var start: String?
  var start_std: Double?
  var eps: Double?
  var step: Double?
  var attack_steps: Int?
  var beta: Double?
  var forward_order: String?
  var crafting_bn: String?
  var crafting_loss: String?
  var crafting_weights: CraftingWeights?
  var label_smoothing: Double?
  var sgd: Descent?
  var lr: Double?
  var momentum: Double?
  var weight_decay: Double?
  var nesterov: Bool?
  var no_weight_decay_if_name_contains: String?
  var noise_base: Int?
  var awp_gamma: Double?
  var awp_from_epoch: Int?
  var tau: Double?
  var T: Double?
  var wmse_weight: Double?
  var sce_weight: Double?
  var steps: [Step]?
  var epochs_log: [Epoch]?
  var eval_mode_after: Evaluation?

  /// Reads a fixture's runs, in the order of names.
  static func runs(in file: String) throws -> [(name: String, run: GoldenRun)] {
    struct File: Decodable { var runs: [String: GoldenRun] }
    return try fixture(file, as: File.self).runs.sorted { $0.key < $1.key }
      .map { ("\(file): \($0.key)", $0.value) }
  }

  /// Reads a fixture.
  static func fixture<Content: Decodable>(_ file: String, as type: Content.Type) throws -> Content {
    guard let url = Bundle.module.url(forResource: "Fixtures/" + file, withExtension: "json")
    else { throw CocoaError(.fileNoSuchFile) }
    return try JSONDecoder().decode(type, from: Data(contentsOf: url))
  }
}
