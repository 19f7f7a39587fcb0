internal import Execution
internal import Graphs
internal import Tensors

/// The passes of a step in training mode: a plan for each, over the same parameters.
final class TrainingPasses {
  private let plans: [ForwardPass: any TrainingPlan]
  private let classes: Int
  /// What the pass of ``reading`` gives besides logits.
  private let taps: [TappedModel.Tap]
  /// The pass that holds the clean images, where insides are read.
  private let reading: ForwardPass?
  private let adapters: AdapterPasses
  /// What several passes add up to; its memory is used again.
  private var totals: [String: Tensor] = [:]

  /// The passes that there are images for, clean ones first.
  var planned: [ForwardPass] { [.clean, .adversarial].filter { plans[$0] != nil } }

  /// Plans passes.
  ///
  /// - Parameters:
  ///   - counts: how many images each pass takes.
  ///   - model: the network; only shapes matter.
  ///   - wiring: what is read inside of it, of clean images.
  ///   - clean: how many those are.
  ///   - backend: who computes.
  ///   - derivatives: what with respect to.
  /// - Throws: `BackendError` or `GraphError` when the network cannot be trained.
  init(
    _ counts: [ForwardPass: Int], of model: Model, opened wiring: Wiring, clean: Int,
    on backend: any Backend, computing derivatives: Derivatives
  ) throws {
    classes = try model.classes()
    reading = wiring.student == nil ? nil : counts[.clean] == nil ? .adversarial : .clean
    taps = wiring.student?.taps ?? []
    var plans: [ForwardPass: any TrainingPlan] = [:]
    for (pass, batch) in counts {
      plans[pass] = try backend.trainingPlan(
        for: pass == reading ? wiring.student?.model ?? model : model, batch: batch,
        statistics: .batch, computing: derivatives)
    }
    self.plans = plans
    adapters = try AdapterPasses(wiring, batch: clean, on: backend)
  }

  /// What a pass gives.
  struct Output {
    /// A row an image.
    var logits: [[Double]]
    /// What is read inside; of the last images of a pass where it has others before the clean ones.
    var maps: [FeatureMap] = []
  }

  /// Computes a pass.
  ///
  /// - Parameters:
  ///   - images: of the batch.
  ///   - pass: which.
  ///   - parameters: all of them.
  ///   - clean: how many images, the last ones, are read inside the network.
  /// - Returns: logits and what is read inside.
  /// - Throws: `BackendError` when the backend fails.
  func output(
    of images: [Image], in pass: ForwardPass, parameters: [String: Tensor], clean: Int
  ) throws -> Output {
    let width = width(of: pass)
    let pixels = images.flatMap(\.pixels)
    var row = [Float](repeating: 0, count: images.count * width)
    var view = row.mutableSpan
    try plan(pass).forward(pixels.span, parameters: parameters, logits: &view)
    let logits = images.indices.map { image in
      row[image * width..<image * width + classes].map { Double($0) }
    }
    guard pass == reading else { return Output(logits: logits) }
    return Output(
      logits: logits,
      maps: taps.map { tap in
        FeatureMap(
          tap, of: row, width: width, images: images.count - clean..<images.count)
      })
  }

  /// What trained layers make of the teacher's activations.
  func adapted(
    _ maps: [FeatureMap], parameters: [String: Tensor]
  ) throws -> [[FeatureMap]] {
    try adapters.outputs(of: maps, parameters: parameters)
  }

  /// The gradient of a loss with respect to what passes gave.
  struct Cotangent {
    var logits: [ForwardPass: [[Double]]] = [:]
    /// Of each map that is read inside the network.
    var maps: [[Double]] = []
    /// Of each adapter's outputs.
    var adapted: [[[Double]]] = []
  }

  /// The parameters' gradients, summed over all ranks.
  ///
  /// While the last pass goes back, ranks add up already what is finished.
  func gradient(_ cotangent: Cotangent, on machine: Machine) throws -> LossGradient {
    let ranks = machine.ranks
    func back(_ pass: ForwardPass) throws -> Gradients {
      try plan(pass).backward(row(cotangent, of: pass).span)
    }
    // In a fixed order, for equal bits.
    let adapted = try adapters.gradient(cotangent.adapted)
    var parts = adapted.isEmpty ? [] : [Gradients(parameters: adapted, images: nil)]
    guard ranks.count > 1 else {
      let gradients = parts + (try planned.map(back))
      if let only = gradients.first, gradients.count == 1 {
        return LossGradient(only.parameters, images: only.images, threads: machine.threads)
      }
      totals.becomeSums(of: gradients.map(\.parameters), threads: machine.threads)
      return LossGradient(totals, images: gradients.last?.images, threads: machine.threads)
    }
    parts += try planned.dropLast().map(back)
    var sum = RankSum(over: ranks)
    var names: Set<String> = []
    let gradients = try planned.last.map { last in
      try plan(last).backward(row(cotangent, of: last).span) { name, gradient in
        var total = gradient
        for part in parts { if let tensor = part.parameters[name] { total.add(tensor) } }
        sum.add(name, total)
        names.insert(name)
      }
    }
    var rest: [String: Tensor] = [:]
    rest.becomeSums(of: parts.map(\.parameters), threads: machine.threads)
    for (name, tensor) in rest.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
      sum.add(name, tensor)
    }
    return LossGradient(sum.finished(), images: gradients?.images, threads: machine.threads)
  }

  /// Moves running statistics once for every pass that is named, in that order.
  func updateRunningStatistics(_ order: [ForwardPass], in parameters: inout [String: Tensor]) {
    for pass in order where plans[pass] != nil {
      plan(pass).updateRunningStatistics(in: &parameters)
    }
    adapters.updateRunningStatistics(in: &parameters)
  }

  /// The length of an image's row.
  private func width(of pass: ForwardPass) -> Int {
    pass == reading ? taps.last?.places.upperBound ?? classes : classes
  }

  private func row(_ cotangent: Cotangent, of pass: ForwardPass) -> [Float] {
    let logits = cotangent.logits[pass] ?? []
    guard pass == reading else { return logits.joined().map { Float($0) } }
    let width = width(of: pass)
    var row = [Float](repeating: 0, count: logits.count * width)
    for (image, gradient) in logits.enumerated() {
      for (place, value) in gradient.enumerated() { row[image * width + place] = Float(value) }
    }
    for (tap, gradient) in zip(taps, cotangent.maps) {
      let first = logits.count - gradient.count / tap.shape.count
      for (place, value) in gradient.enumerated() {
        let (image, offset) = place.quotientAndRemainder(dividingBy: tap.shape.count)
        row[(first + image) * width + tap.places.lowerBound + offset] = Float(value)
      }
    }
    return row
  }

  private func plan(_ pass: ForwardPass) -> any TrainingPlan {
    guard let plan = plans[pass] else {
      preconditionFailure("the recipe's passes were planned")
    }
    return plan
  }
}

extension FeatureMap {
  /// Takes a tap's values from rows.
  init(_ tap: TappedModel.Tap, of rows: [Float], width: Int, images: Range<Int>) {
    var values: [Double] = []
    values.reserveCapacity(images.count * tap.shape.count)
    for image in images {
      for place in tap.places { values.append(Double(rows[image * width + place])) }
    }
    self.init(shape: tap.shape, values: values)
  }
}
