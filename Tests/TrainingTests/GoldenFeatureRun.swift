import Attacks
import Graphs
import OneDNNBackend
import Tensors
import TestSupport
import Testing

@testable import Training

/// Two steps of a distillation that reads features, as PyTorch took them.
struct GoldenFeatureRun: Decodable, Sendable {
  struct Step: Decodable, Sendable {
    var loss_parts: [String: Double]
    var student_train_logits_first_image: [Double]
    var gradient_without_weight_decay: [String: GoldenRun.ChecksumOrNumber]
    var adapter_gradient_l2: [String: Double]?
  }

  struct After: Decodable, Sendable {
    var params: [String: Checksum]
    var buffers: [String: Checksum]
    var all_params_l2: Double
    var all_params_change_l2: Double
    var all_buffers_l2: Double
  }

  struct Moved: Decodable, Sendable {
    var checksum: Checksum
    var change: Double?

    private enum CodingKeys: String, CodingKey { case change_l2 }

    init(from decoder: any Decoder) throws {
      checksum = try Checksum(from: decoder)
      change = try decoder.container(keyedBy: CodingKeys.self)
        .decodeIfPresent(Double.self, forKey: .change_l2)
    }
  }

  struct Preparation: Decodable, Sendable {
    struct Step: Decodable, Sendable {
      var loss: Double
      var gradient_without_weight_decay_all_l2: Double
    }

    var lr: Double
    var steps: [Step]
  }

  /// Where a normalisation before a tap moves its statistics once a step, not twice.
  struct Once: Decodable, Sendable {
    var all_buffers_l2: Double
    var eval_logits_after_first_image_of_step_0: [Double]
  }

  struct Named: Decodable, Sendable {
    var number: Int
    var name: String

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      number = try values.decode(Int.self)
      name = try values.decode(String.self)
    }
  }

  var student: String
  var image_offset: Int
  var labels: [[Int]]
  var adapter_tensors: [Named]?
  var steps: [Step]
  var student_after: After
  var adapters_after: [String: Moved]?
  var eval_logits_after_first_image_of_step_0: [Double]
  var teacher_fc_scale: Double?
  var teacher_fc_bias: [Float]?
  var phase1: Preparation?
  var partners: [[[Int]]]?
  var student_bank_after: Checksum?
  var teacher_bank_after: Checksum?
  var Z: [Double]?
  var once: Once?
  var kept_ss: [[Int]]?

  private enum CodingKeys: String, CodingKey {
    case student, image_offset, labels, adapter_tensors, steps, student_after, adapters_after
    case eval_logits_after_first_image_of_step_0, teacher_fc_scale, teacher_fc_bias, phase1
    case student_bank_after, teacher_bank_after, Z, kept_ss
    case partners = "rows (first = positive, then K negatives)"
    case once = "if the tap does not update the running statistics a second time"
  }

  static func runs() throws -> [String: GoldenFeatureRun] {
    struct File: Decodable { var runs: [String: GoldenFeatureRun] }
    return try GoldenRun.fixture("15_feature_runs", as: File.self).runs
  }

  /// CIFAR-100's, as RepDistiller has them.
  static let normalization = Normalization(
    mean: [0.5071, 0.4867, 0.4408], deviation: [0.2675, 0.2565, 0.2761])

  /// Whether branches stand behind all stages, as HSAKD's do.
  private var hasBranches: Bool {
    adapter_tensors?.contains { $0.name.hasPrefix("aux_s") } == true
  }

  func network() throws -> Model {
    try GoldenRun.model(student, outputScale: 1).normalizingInput(Self.normalization)
  }

  func teacher() throws -> Model {
    var model = try GoldenRun.model("resnet20", outputScale: teacher_fc_scale ?? 1)
    if let teacher_fc_bias {
      model.parameters["fc.bias"] = Tensor(
        shape: [teacher_fc_bias.count], elements: teacher_fc_bias)
    }
    return model.normalizingInput(Self.normalization)
  }

  func batch(_ step: Int) -> TrainingBatch {
    let count = labels[step].count
    let indices = (0..<count).map { step * count + $0 }
    let shape = FeatureShape(channels: 3, height: 32, width: 32)
    return TrainingBatch(
      images: indices.map { index in
        var image = Formula.image(image_offset + index, shape: shape)
        // Images of uniform noise look alike; rotated ones are spread by their brightness.
        let brightness = Float((image_offset + index) % 4 + 1) / 4
        if kept_ss != nil || hasBranches {
          for place in image.pixels.indices { image.pixels[place] *= brightness }
        }
        return image
      }, labels: labels[step],
      indices: indices)
  }
}

extension GoldenFeatureRun {
  /// Takes all steps on oneDNN and compares; `epoch` is the one whose factors hold, `ours` gives the
  /// name under which the state keeps a layer.
  func outcome(
    _ name: String, _ recipe: Recipe, epoch: Int = 1, starts: (Int) -> [Image] = { _ in [] },
    _ ours: (String) -> String
  ) async throws -> GoldenOutcome {
    var outcome = GoldenOutcome(name: name)
    var recipe = recipe
    recipe.batchSize = labels[0].count
    let learner = try Learner(
      model: try network(), recipe: recipe, teacher: try teacher(),
      images: TrainingLabels(indices: Array(0..<64), labels: (0..<64).map { $0 % 10 }),
      on: Machine(backend: OneDNNBackend(), threads: 2) { OneDNNBackend.useThreads($0) })
    var state = await learner.state
    for tensor in adapter_tensors ?? [] {
      var shape = try #require(state.parameters[ours(tensor.name)]?.shape, "\(tensor.name)")
      if tensor.name.isTransposed { shape.swapAt(0, 1) }
      let value = Formula.parameter(
        tensor.name, shape: shape, number: tensor.number, gain: 2)
      state.parameters[ours(tensor.name)] =
        tensor.name.isTransposed ? value.exchangingSides : value
    }
    for (name, number) in [("crd.bank_s", 4000), ("crd.bank_t", 4001)] {
      guard let shape = state.parameters[name]?.shape else { continue }
      state.parameters[name] = Tensor(
        shape: shape,
        elements: (0..<shape[0] * shape[1]).map { element in
          Float(
            2 / (Double(shape[1]) / 3).squareRoot()
              * Formula.value(tensor: number, element: element))
        })
    }
    try await learner.restore(state)
    let names = Set(try network().parameters.keys)
    for (number, expected) in (phase1?.steps ?? []).enumerated() {
      var settings = StepSettings(epoch: 1, learningRate: phase1?.lr ?? 0, radius: 0)
      settings.preparation = 0
      let trace = try await learner.step(batch(number), settings, perturbed: .given([]))
      let place = "preparation \(number) "
      outcome.compare(place + "loss", trace.report.loss, expected.loss, relative: 2e-4)
      outcome.compare(
        place + "gradient", trace.report.gradientNorm,
        expected.gradient_without_weight_decay_all_l2,
        relative: 1e-3)
    }
    await learner.resetMomentum()
    for (number, expected) in steps.enumerated() {
      if let partners { await learner.compare(with: partners[number]) }
      let trace = try await learner.step(
        batch(number), StepSettings(epoch: epoch, learningRate: 0.05, radius: 0),
        perturbed: .craftedFrom(starts(number)))
      compare(expected, trace, number, names, ours, &outcome)
    }
    let after = await learner.state
    compare(after, from: state, names, ours, &outcome)
    let logits = try await learner.logits(of: [batch(0).images[0]])
    let expected =
      once?.eval_logits_after_first_image_of_step_0 ?? eval_logits_after_first_image_of_step_0
    let largest = expected.map { abs($0) }.max() ?? 0
    for (place, pair) in zip(logits[0], expected).enumerated() {
      outcome.compare(
        "logit \(place)", Double(pair.0), pair.1, tolerance: 2e-4 * largest)
    }
    return outcome
  }

  private func compare(
    _ expected: Step, _ trace: Learner.Trace, _ number: Int, _ names: Set<String>,
    _ ours: (String) -> String, _ outcome: inout GoldenOutcome
  ) {
    let place = "step \(number) "
    let parts = trace.report.parts
    for (name, value) in expected.loss_parts.sorted(by: { $0.key < $1.key }) {
      let others = parts.filter { !["ce", "kd", "tald", "tckd", "nckd"].contains($0.key) }
      let found: Double? =
        switch name {
        case "total": trace.report.loss
        case "method": others.isEmpty ? nil : others.values.reduce(0, +)
        case "kd_with_T2": parts["kd"]
        case "branch_kd_sum": parts["hsakd"].map { $0 - (expected.loss_parts["logit_kd"] ?? 0) }
        default: parts[name]
        }
      guard let found else { continue }
      outcome.compare(
        place + name, found, value,
        relative: Self.tolerance(of: name, in: outcome.name))
    }
    var own = trace
    own.gradient = trace.gradient.filter { names.contains($0.key) }
    for (name, expected) in expected.gradient_without_weight_decay.sorted(by: { $0.key < $1.key }) {
      switch expected {
      case .number(let norm):
        outcome.compare(
          place + name, LossGradient(own.gradient, images: nil).norm, norm, relative: 1e-3)
      case .checksum(let checksum):
        outcome.compare(
          place + "gradient " + name, own.gradient[name]?.elements ?? [], checksum, norm: 1e-3,
          first: 5e-3, sum: 1e-3)
      }
    }
    let largest = expected.adapter_gradient_l2?.values.max() ?? 0
    for (name, norm) in (expected.adapter_gradient_l2 ?? [:]).sorted(by: { $0.key < $1.key }) {
      let found = trace.gradient[ours(name)]?.squaredNorm.squareRoot() ?? .nan
      outcome.compare(
        place + "gradient of " + name, found, norm, tolerance: max(1e-3 * norm, 1e-6 * largest))
    }
  }

  private static func tolerance(of part: String, in run: String) -> Double {
    switch part {
    case "method" where run == "PKT": 5e-3
    case "ss": 2e-3
    case "tald": 5e-4
    default: 2e-4
    }
  }

  private func compare(
    _ after: TrainingState, from before: TrainingState, _ names: Set<String>,
    _ ours: (String) -> String, _ outcome: inout GoldenOutcome
  ) {
    func moved(_ name: String) -> [Float] {
      let then = before.parameters[name]?.elements ?? []
      return zip(after.parameters[name]?.elements ?? [], then).map { $0 - $1 }
    }
    func norm(_ isBuffer: Bool, _ values: (String) -> [Float]) -> Double {
      names.filter { $0.contains(".running_") == isBuffer }.sorted().reduce(0) { sum, name in
        values(name).reduce(sum) { $0 + Double($1) * Double($1) }
      }.squareRoot()
    }
    let buffers = once == nil ? student_after.buffers : [:]
    for (name, checksum) in student_after.params.merging(buffers, uniquingKeysWith: { $1 }) {
      outcome.compare(
        "after " + name, after.parameters[name]?.elements ?? [], checksum, norm: 2e-4, first: 1e-3)
      guard let change = checksum.change.first else { continue }
      outcome.compare(
        "change of " + name, moved(name), change, norm: 1e-3, first: 5e-3, sum: 1e-3)
    }
    for (name, bank) in [("crd.bank_s", student_bank_after), ("crd.bank_t", teacher_bank_after)] {
      guard let bank else { continue }
      outcome.compare(
        name, after.parameters[name]?.elements ?? [], bank, norm: 2e-4, first: 1e-3)
    }
    for (place, expected) in (Z ?? []).enumerated() {
      outcome.compare(
        "Z \(place)", Double(after.parameters["crd.z"]?[place] ?? 0), expected, relative: 2e-4)
    }
    let now = { (name: String) in after.parameters[name]?.elements ?? [] }
    outcome.compare("parameters", norm(false, now), student_after.all_params_l2, relative: 2e-4)
    outcome.compare(
      "parameters' change", norm(false, moved), student_after.all_params_change_l2, relative: 1e-3)
    outcome.compare(
      "buffers", norm(true, now), once?.all_buffers_l2 ?? student_after.all_buffers_l2,
      relative: 2e-4)
    for (name, expected) in (adapters_after ?? [:]).sorted(by: { $0.key < $1.key }) {
      let tensor = after.parameters[ours(name)]
      let value = name.isTransposed ? tensor?.exchangingSides : tensor
      outcome.compare(
        "after " + name, value?.elements ?? [], expected.checksum, norm: 2e-4, first: 1e-3)
      guard let change = expected.change else { continue }
      let found = moved(ours(name)).reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      outcome.compare("change of " + name, found, change, tolerance: max(1e-3 * change, 1e-6))
    }
  }
}

extension String {
  /// Whether it is the kernel of one of the authors' transposed convolutions.
  fileprivate var isTransposed: Bool { contains("paraphraser.d.") && hasSuffix("weight") }
}

extension Tensor {
  /// A transposed convolution's kernel as that of a convolution, or the other way around: inputs and
  /// outputs exchanged, rows and columns backwards.
  fileprivate var exchangingSides: Tensor {
    let (first, second, area) = (shape[0], shape[1], shape[2] * shape[3])
    var result = [Float](repeating: 0, count: count)
    for a in 0..<first {
      for b in 0..<second {
        for place in 0..<area {
          result[(b * first + a) * area + area - 1 - place] = self[(a * second + b) * area + place]
        }
      }
    }
    return Tensor(shape: [second, first] + shape.dropFirst(2), elements: result)
  }
}

extension Learner {
  fileprivate func compare(with partners: [[Int]]) { givenPartners = partners }
}
