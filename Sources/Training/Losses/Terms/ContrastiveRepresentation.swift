import Foundation
internal import Graphs
public import Tensors

/// How well each network's embedding of an image is told from the other network's embeddings of other
/// images, which two memory banks keep.
///
/// Source: Tian, Krishnan & Isola, *Contrastive representation distillation*, ICLR 2020, and the
/// program RepDistiller: banks move after they were compared, a first batch decides the constants Z.
public struct ContrastiveRepresentation: FeatureTerm {
  /// `contrastive`.
  public static let kind = "contrastive"

  /// The length of an embedding.
  public var length: Int
  /// How many images of other classes an image is told from.
  public var negatives: Int
  /// That of scores.
  public var temperature: Double
  /// How much of an old entry of a bank is kept.
  public var momentum: Double
  /// Whether an image's partner is any image of its class, not the image itself.
  public var isRelaxed: Bool

  private static let smallest = 1e-7

  /// Creates a term; without arguments the published one.
  ///
  /// - Parameters:
  ///   - length: of an embedding.
  ///   - negatives: how many images of other classes an image is told from.
  ///   - temperature: of scores.
  ///   - momentum: how much of an old entry of a bank is kept.
  ///   - isRelaxed: whether an image's partner is any image of its class.
  public init(
    length: Int = 128, negatives: Int = 16_384, temperature: Double = 0.07, momentum: Double = 0.5,
    isRelaxed: Bool = false
  ) {
    self.length = length
    self.negatives = negatives
    self.temperature = temperature
    self.momentum = momentum
    self.isRelaxed = isRelaxed
  }

  /// It does.
  public var comparesImages: Bool { true }

  /// The pooled vectors, embedded, and the banks.
  ///
  /// - Parameters:
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where one has none.
  public func open(
    _ student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    guard student.images.count > 0 else {
      throw TrainingError(
        place: student.name("bank"), problem: "no training images are known to compare with")
    }
    let names = (student.name("embed_s.linear"), teacher.name("embed_t.linear"))
    let pooled = try student.pooled()
    student.read(student.builder.linear(pooled, names.0, outputs: length))
    try teacher.read(try teacher.pooled()) { builder, pooled in
      [builder.linear(pooled, names.1, outputs: length)]
    }
    let rows = student.images.rows
    let bound = Float(1 / (Double(length) / 3).squareRoot())
    for name in ["bank_s", "bank_t"] {
      student.keep(name, [rows, length], beginning: .uniform(bound: bound))
    }
    // Not known before the first batch.
    student.keep("z", [2], beginning: .constant(0))
  }

  /// An image's partner, and images of other classes.
  ///
  /// - Parameters:
  ///   - index: of the image.
  ///   - images: all of the training set.
  ///   - random: the image's stream in this step.
  /// - Returns: positions in the banks.
  public func partners(
    of index: Int, among images: TrainingLabels, random: RandomStream
  ) -> [Int] {
    var random = random
    let own = isRelaxed ? images.draw(like: index, using: &random) : index
    return [own] + images.draw(negatives, unlike: index, using: &random)
  }

  /// The sum of both sides' means over the batch.
  ///
  /// - Parameter inputs: embeddings, banks and partners.
  /// - Returns: one value.
  public func value(of inputs: LossInputs) -> TermValue {
    let features = inputs.features
    let constants = constants(inputs)
    let student = side(
      features.student[0], features.tensors["bank_t"], features.partners,
      of: features.images, constants.student)
    let teacher = side(
      features.teacher[0], features.tensors["bank_s"], features.partners,
      of: features.images, constants.teacher)
    return TermValue(
      student.value + teacher.value,
      features: FeatureGradients(student: [student.gradient], teacher: [teacher.gradient]))
  }

  /// Keeps the first batch's constants, and moves the entries of the batch's images.
  ///
  /// - Parameters:
  ///   - inputs: those of the step.
  ///   - tensors: the term's own.
  public func remember(_ inputs: LossInputs, in tensors: inout [String: Tensor]) {
    let constants = constants(inputs, tensors)
    tensors["z"] = Tensor(
      shape: [2], elements: [Float(constants.student), Float(constants.teacher)])
    move(&tensors["bank_s"], toward: inputs.features.student[0], at: inputs.indices)
    move(&tensors["bank_t"], toward: inputs.features.teacher[0], at: inputs.indices)
  }

  private func move(_ bank: inout Tensor?, toward map: FeatureMap, at rows: [Int]) {
    let units = Units(map)
    bank?.withUnsafeMutableElements { elements in
      for (image, row) in rows.enumerated() {
        var entry = (0..<length).map { place in
          momentum * Double(elements[row * length + place])
            + (1 - momentum) * units.values[image * length + place]
        }
        let norm = entry.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for place in entry.indices {
          entry[place] /= norm
          elements[row * length + place] = Float(entry[place])
        }
      }
    }
  }

  /// What scores are divided by: the mean of the first batch's, times the number of images.
  private func constants(
    _ inputs: LossInputs, _ tensors: [String: Tensor]? = nil
  ) -> (student: Double, teacher: Double) {
    let features = inputs.features
    let tensors = tensors ?? features.tensors
    let known = (tensors["z"]?.elements ?? []).map { Double($0) }
    if known.count == 2, known[0] > 0 { return (known[0], known[1]) }
    func mean(_ map: FeatureMap, _ bank: Tensor?) -> Double {
      let units = Units(map)
      var (sum, count) = (0.0, 0)
      bank?.withUnsafeElements { bank in
        for (image, rows) in features.partners.enumerated() {
          let own = units.row(image)
          for row in rows { sum += exp(Entry(bank, row, length).product(own) / temperature) }
          count += rows.count
        }
      }
      return sum / Double(max(count, 1)) * Double(features.images)
    }
    return (
      mean(features.student[0], tensors["bank_t"]), mean(features.teacher[0], tensors["bank_s"])
    )
  }

  /// One network's mean over the batch, against the other's bank.
  private func side(
    _ map: FeatureMap, _ bank: Tensor?, _ partners: [[Int]], of images: Int, _ constant: Double
  ) -> (value: Double, gradient: [Double]) {
    let units = Units(map)
    let noise = Double(negatives) / Double(images)
    var (value, slope) = (0.0, [Double](repeating: 0, count: map.values.count))
    let batch = Double(map.count)
    bank?.withUnsafeElements { bank in
      for (image, rows) in partners.enumerated() {
        let own = units.row(image)
        var gradient = [SIMD8<Double>](repeating: .zero, count: own.count)
        for (number, row) in rows.enumerated() {
          let entry = Entry(bank, row, length)
          let score = exp(entry.product(own) / temperature) / constant
          let sum = score + noise + Self.smallest
          // The partner is first.
          value -= log((number == 0 ? score : noise) / sum) / batch
          let factor = (score / sum - (number == 0 ? 1 : 0)) / temperature / batch
          entry.add(to: &gradient, times: factor)
        }
        for place in 0..<length { slope[image * length + place] = gradient[place / 8][place % 8] }
      }
    }
    return (value, units.gradient(slope))
  }
}

/// Embeddings of length 1.
private struct Units {
  let values: [Double]
  private let lengths: [Double]
  private let width: Int

  init(_ map: FeatureMap) {
    width = map.shape.count
    var values = map.values
    lengths = (0..<map.count).map { values.makeUnit(map.places(of: $0)) }
    self.values = values
  }

  /// Eight numbers at a time, zeros behind the last.
  func row(_ image: Int) -> [SIMD8<Double>] {
    var row = [SIMD8<Double>](repeating: .zero, count: (width + 7) / 8)
    for place in 0..<width { row[place / 8][place % 8] = values[image * width + place] }
    return row
  }

  /// With respect to embeddings of any length, for a gradient with respect to those of length 1.
  func gradient(_ cotangent: [Double]) -> [Double] {
    lengths.indices.flatMap { image in
      values.slope(
        ofUnit: image * width..<(image + 1) * width, length: lengths[image], cotangent)
    }
  }
}

/// One entry of a bank.
private struct Entry {
  private let start: UnsafePointer<Float>?
  private let length: Int

  init(_ bank: UnsafeBufferPointer<Float>, _ row: Int, _ length: Int) {
    start = bank.baseAddress.map { $0 + row * length }
    self.length = length
  }

  private func eight(_ group: Int) -> SIMD8<Double> {
    guard let start else { return .zero }
    if 8 * group + 8 <= length {
      return SIMD8<Double>(
        UnsafeRawPointer(start + 8 * group).loadUnaligned(as: SIMD8<Float>.self))
    }
    var values = SIMD8<Double>.zero
    for lane in 0..<length - 8 * group { values[lane] = Double(start[8 * group + lane]) }
    return values
  }

  func product(_ row: [SIMD8<Double>]) -> Double {
    var sums = SIMD8<Double>.zero
    for group in row.indices { sums += eight(group) * row[group] }
    return sums.sum()
  }

  func add(to row: inout [SIMD8<Double>], times factor: Double) {
    for group in row.indices { row[group] += factor * eight(group) }
  }
}
