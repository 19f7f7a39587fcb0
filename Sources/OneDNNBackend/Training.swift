internal import Execution
internal import Graphs
internal import Tensors

/// What distinguishes a plan that trains.
struct Training {
  let statistics: NormalizationStatistics
  let derivatives: Derivatives
  let store: ParameterStore
  /// Over whose shares of the batch statistics are taken.
  let ranks: any Ranks
}

/// The tensors that a training plan's steps read and write besides the arena.
final class ParameterStore {
  /// Those of the step under way.
  var parameters: [String: Tensor] = [:]
  /// Those of the last backward pass.
  private(set) var gradients: [String: Tensor] = [:]
  /// How many steps of a backward pass contribute to each parameter's gradient.
  private var contributions: [String: Int] = [:]
  /// How many are still to come in the pass under way.
  private var remaining: [String: Int] = [:]
  /// Given each gradient when its last contribution is there.
  var finished: ((String, Tensor) -> Void)?
  /// The statistics of the last forward pass.
  var moments: [BatchMoments] = []
  /// What every parameter must look like.
  let shapes: [String: [Int]]
  /// The parameter behind each kernel that was made of a linear layer's matrix.
  private let sources: [String: String]

  init(_ model: Model) {
    let used = model.graph.nodes.flatMap(\.operation.parameterNames)
    shapes = model.parameters.mapValues(\.shape).filter { used.contains($0.key) }
    var sources: [String: String] = [:]
    for node in model.graph.nodes {
      guard case .linear(let linear) = node.operation else { continue }
      sources[linear.kernelName] = linear.weight
    }
    self.sources = sources
  }

  /// Calls a closure with the values, during a step, of a parameter.
  ///
  /// - Parameters:
  ///   - kernel: the parameter's name or that of the kernel made of it.
  ///   - body: reads the values; they are there only inside.
  /// - Throws: what the closure throws.
  func withValues<Failure>(
    of kernel: String, _ body: (UnsafePointer<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    guard let tensor = parameters[name(of: kernel)] else {
      preconditionFailure("\(kernel) was handed in with the images")
    }
    let result = tensor.withUnsafeElements { elements -> Result<Void, Failure> in
      guard let values = elements.baseAddress else {
        preconditionFailure("an allocation has an address")
      }
      return Result { () throws(Failure) in try body(values) }
    }
    try result.get()
  }

  /// Calls a closure with the place of a parameter's gradient.
  ///
  /// It is the place of the last gradient if nobody else holds that any more.
  func withGradient<Failure>(
    of kernel: String, _ body: (UnsafeMutablePointer<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    let name = name(of: kernel)
    let result = gradients[name, default: Tensor(shape: shapes[name] ?? [])]
      .withUnsafeMutableElements { elements -> Result<Void, Failure> in
        guard let values = elements.baseAddress else {
          preconditionFailure("an allocation has an address")
        }
        return Result { () throws(Failure) in try body(values) }
      }
    try result.get()
    remaining[name, default: 0] -= 1
    if remaining[name] == 0, let gradient = gradients[name] { finished?(name, gradient) }
  }

  /// Announces a step that will ask for the place of a gradient.
  func announceGradient(of kernel: String) {
    contributions[name(of: kernel), default: 0] += 1
  }

  /// Begins a backward pass.
  func beginBackward() { remaining = contributions }

  /// A parameter by its name or that of the kernel made of it.
  func name(of kernel: String) -> String { sources[kernel] ?? kernel }
}

/// The mean and biased variance of a batch before one normalisation, channels in whole blocks.
final class BatchMoments {
  let norm: BatchNormalization
  /// The number of values of a channel, those of all ranks that share the batch.
  private(set) var count: Int
  var mean: [Double]
  var variance: [Double]

  init(_ norm: BatchNormalization, count: Int, channels: Int) {
    self.norm = norm
    self.count = count
    mean = [Double](repeating: 0, count: channels)
    variance = [Double](repeating: 0, count: channels)
  }

  /// Takes in what other ranks have.
  ///
  /// Source: Chan, Golub & LeVeque, *Algorithms for computing the sample variance*, 1983, eq. 2.1.
  func join(_ ranks: any Ranks, own: Int) {
    if ranks.count == 1 { return }
    let all = ranks.exchange([Double(own)] + mean + variance)
    let (channels, total) = (mean.count, all.reduce(0) { $0 + $1[0] })
    count = Int(total)
    for channel in 0..<channels {
      let center = all.reduce(0) { $0 + $1[0] * $1[1 + channel] } / total
      mean[channel] = center
      variance[channel] =
        all.reduce(0) { sum, part in
          let distance = part[1 + channel] - center
          return sum + part[0] * (part[1 + channels + channel] + distance * distance)
        } / total
    }
  }

  /// Moves running statistics a tenth of the way.
  func update(_ parameters: inout [String: Tensor]) {
    let unbiasing = Double(count) / Double(count - 1)
    let kept = Double(NormalizationStatistics.kept)
    func approach(_ name: String, _ goal: (Int) -> Double) {
      parameters[name]?.withUnsafeMutableElements { values in
        for channel in values.indices {
          values[channel] = Float(kept * Double(values[channel]) + (1 - kept) * goal(channel))
        }
      }
    }
    approach(norm.mean) { mean[$0] }
    approach(norm.variance) { variance[$0] * unbiasing }
  }
}
