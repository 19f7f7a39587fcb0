import Tensors
import TestSupport
import Testing

@testable import Training

/// Terms that read features alone, in double precision, against PyTorch.
struct FeatureLossTests {
  struct Formed: Decodable, Sendable {
    var t: Int
    var shape: [Int]
    var kind: String
    var scale: Double
    var shift: Double

    var values: [Double] {
      (0..<shape.reduce(1, *)).map { element in
        let value = scale * 12.0.squareRoot() * Formula.value(tensor: t, element: element) + shift
        return kind == "relu" ? max(value, 0) : value
      }
    }

    var map: FeatureMap {
      FeatureMap(
        shape: FeatureShape(
          channels: shape[1], height: shape.count > 2 ? shape[2] : 1,
          width: shape.count > 2 ? shape[3] : 1),
        values: values)
    }

    var rows: [[Double]] {
      (0..<shape[0]).map { Array(values[$0 * shape[1]..<($0 + 1) * shape[1]]) }
    }
  }

  /// One, or several in a list.
  enum Some<Value: Decodable & Sendable>: Decodable, Sendable {
    case one(Value)
    case list([Value])

    init(from decoder: any Decoder) throws {
      if let list = try? [Value](from: decoder) {
        self = .list(list)
      } else {
        self = .one(try Value(from: decoder))
      }
    }

    var all: [Value] {
      switch self {
      case .one(let value): [value]
      case .list(let values): values
      }
    }
  }

  struct Case: Decodable, Sendable {
    var student: Some<Formed>?
    var teacher: Some<Formed>?
    var student_preactivation: [Formed]?
    var teacher_preactivation: [Formed]?
    var loss: Double?
    var combined: Double?
    var distance: Double?
    var angle: Double?
    var tckd: Double?
    var nckd: Double?
    var grad_student: Some<Checksum>?
    var student_logits: Formed?
    var teacher_logits: Formed?
    var labels: [Int]?
    var T: Double?
    var beta: Double?
    var loss_epoch_5_warmup_20: Double?
    var gradient: Checksum?

    private enum CodingKeys: String, CodingKey {
      case student, teacher, student_preactivation, teacher_preactivation, loss, distance, angle,
        tckd, nckd, grad_student, student_logits
      case teacher_logits, labels, T, beta, loss_epoch_5_warmup_20
      case combined = "loss (25 d + 50 a)"
      case gradient = "grad_student_logits (no warm-up)"
    }
  }

  static func cases(_ method: String) throws -> [(key: String, value: Case)] {
    struct File: Decodable {
      var methods: [String: [String: Case]]

      private enum CodingKeys: String, CodingKey { case methods }

      /// Other methods have other fields.
      struct Lenient: Decodable {
        var value: [String: Case]?

        init(from decoder: any Decoder) throws { value = try? [String: Case](from: decoder) }
      }

      init(from decoder: any Decoder) throws {
        methods = try decoder.container(keyedBy: CodingKeys.self)
          .decode([String: Lenient].self, forKey: .methods).compactMapValues(\.value)
      }
    }
    let file = try GoldenRun.fixture("14_feature_losses", as: File.self)
    return try #require(file.methods[method]).sorted { $0.key < $1.key }
      // Connectors need a network behind which they stand.
      .filter { method != "AB" || $0.key.contains("one layer") }
  }

  static let terms: [(method: String, term: any FeatureTerm)] = [
    ("AT", AttentionTransfer()), ("NST", NeuronSelectivity()), ("SP", SimilarityPreserving()),
    ("RKD", RelationalDistillation()), ("PKT", ProbabilisticTransfer()),
    ("FSP", FlowOfSolution()), ("AB", ActivationBoundaries()),
  ]

  @Test(arguments: terms.map(\.method))
  func `Values and gradients are PyTorch's`(_ method: String) throws {
    let term = try #require(Self.terms.first { $0.method == method }).term
    for (name, golden) in try Self.cases(method) {
      var inputs = LossInputs(logits: [:], teacher: [], labels: [], epoch: 1, epochs: 1)
      inputs.features.student = (golden.student?.all ?? golden.student_preactivation ?? []).map(
        \.map)
      inputs.features.teacher = (golden.teacher?.all ?? golden.teacher_preactivation ?? []).map(
        \.map)
      let value = term.value(of: inputs)
      let expected = try #require(golden.loss ?? golden.combined)
      #expect(abs(value.values[0] - expected) <= 1e-9 * abs(expected), "\(name)")
      let gradients = try #require(golden.grad_student?.all)
      #expect(value.features.student.count == gradients.count)
      for (found, expected) in zip(value.features.student, gradients) {
        Self.compare(found, expected, name)
      }
    }
  }

  static func compare(_ found: [Double], _ expected: Checksum, _ name: String) {
    #expect(found.count == expected.n, "\(name)")
    let norm = found.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(norm - expected.l2) <= 1e-9 * expected.l2, "\(name)")
    #expect(abs(found.reduce(0, +) - expected.sum) <= 1e-9 * expected.asum, "\(name)")
    for (found, value) in zip(found, expected.first3) {
      let size = max(abs(value), expected.l2 / Double(expected.n).squareRoot())
      #expect(abs(found - value) <= 1e-8 * size, "\(name)")
    }
  }

  @Test func `Distances and angles are PyTorch's each`() throws {
    for (name, golden) in try Self.cases("RKD") {
      let student = try #require(golden.student?.all.first).map
      let teacher = try #require(golden.teacher?.all.first).map
      let (own, given) = (Matrix(student).gram, Matrix(teacher).gram)
      var slope = Matrix(rows: own.rows, columns: own.rows)
      let term = RelationalDistillation()
      let (distance, angle) = (try #require(golden.distance), try #require(golden.angle))
      #expect(abs(term.distances(own, given, &slope) - distance) < 1e-9 * distance, "\(name)")
      #expect(abs(term.angles(own, given, &slope) - angle) < 1e-9 * angle, "\(name)")
    }
  }

  @Test func `The parts of a decoupled divergence are PyTorch's`() throws {
    for (name, golden) in try Self.cases("DKD") {
      let (T, beta) = (try #require(golden.T), try #require(golden.beta))
      func loss(_ course: WeightCourse) throws -> BatchLoss {
        BatchLoss(
          [
            WeightedTerm("tckd", TargetDivergence(.target, temperature: T), over: course),
            WeightedTerm(
              "nckd", TargetDivergence(.others, temperature: T), times: beta, over: course),
          ],
          of: LossInputs(
            logits: [.clean: try #require(golden.student_logits).rows],
            teacher: try #require(golden.teacher_logits).rows,
            labels: try #require(golden.labels), epoch: 5, epochs: 240))
      }
      let (plain, rising) = (try loss(.constant), try loss(.rising(epochs: 20)))
      let (target, others) = (try #require(golden.tckd), try #require(golden.nckd))
      #expect(abs((plain.parts["tckd"] ?? 0) - target) <= 1e-9 * target, "\(name)")
      #expect(abs((plain.parts["nckd"] ?? 0) - others) <= 1e-9 * others, "\(name)")
      let expected = try #require(golden.loss_epoch_5_warmup_20)
      #expect(abs(rising.total - expected) <= 1e-9 * expected, "\(name)")
      Self.compare(
        (plain.gradients[.clean] ?? []).flatMap { $0 }, try #require(golden.gradient), name)
    }
  }

  @Test func `Rotated images that the teacher knows least are left out`() throws {
    struct File: Decodable {
      struct Methods: Decodable { var SSKD: [String: Rotated] }
      struct Rotated: Decodable {
        var student_logits: Formed
        var teacher_logits: Formed
        var labels: [Int]
        var ratio_tf: Double
        var tf: Double
        var kept_tf: [Int]
      }
      var methods: Methods
    }
    for (name, golden) in try GoldenRun.fixture("14_feature_losses", as: File.self).methods.SSKD {
      var inputs = LossInputs(
        logits: [:], teacher: [], labels: golden.labels, epoch: 1, epochs: 1)
      inputs.features.student = [golden.student_logits.map]
      inputs.features.teacher = [golden.teacher_logits.map]
      let value = RotatedDivergence(share: golden.ratio_tf).value(of: inputs).values[0]
      #expect(abs(value - golden.tf) <= 1e-9 * golden.tf, "\(name)")
      let rows = Rotations.rotatedRows(of: golden.student_logits.shape[0])
      let logits = rows.map { golden.teacher_logits.rows[$0] }
      #expect(
        logits.keptRows(labels: rows.map { golden.labels[$0 / 4] }, golden.ratio_tf)
          == golden.kept_tf, "\(name)")
    }
  }

  @Test func `A saturated student has a finite decoupled divergence`() {
    let logits = [[200.0, -300, 0]]
    for part in [TargetDivergence.Part.target, .others] {
      let value = TargetDivergence(part, temperature: 1).value(
        of: LossInputs(
          logits: [.clean: logits], teacher: [[0, 1, 2]], labels: [0], epoch: 1, epochs: 1))
      #expect(value.values[0].isFinite && value.values[0] > 1)
      #expect(value.gradients[.clean]?[0].allSatisfy(\.isFinite) == true)
    }
  }

  /// Equal images, vectors of zeros, and a batch of one: where divisions by lengths end.
  @Test(arguments: terms.map(\.method))
  func `Degenerate batches have finite values and gradients`(_ method: String) throws {
    let term = try #require(Self.terms.first { $0.method == method }).term
    let shape = FeatureShape(channels: 3, height: 2, width: 2)
    for values in [
      [Double](repeating: 0, count: 24), [Double](repeating: 1, count: 24),
      [Double](repeating: 1, count: 12),
    ] {
      var inputs = LossInputs(logits: [:], teacher: [], labels: [], epoch: 1, epochs: 1)
      inputs.features.student = [FeatureMap(shape: shape, values: values)]
      inputs.features.teacher = [
        FeatureMap(shape: shape, values: values.indices.map { Double($0 % 5) })
      ]
      let value = term.value(of: inputs)
      #expect(value.values[0].isFinite)
      #expect(value.features.student[0].allSatisfy { abs($0) < 1e13 })
    }
  }
}
