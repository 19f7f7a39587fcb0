import Foundation
import Tensors

/// The Gaussian kernel F(u, v) = exp(−‖u − v‖² / 2σ²) between particles.
struct SteinKernel {
  let variance: Double  // σ²

  init(variance: Double) { self.variance = variance }

  /// The kernel for a cloud of particles.
  init(_ bandwidth: SteinParticles.Bandwidth, among particles: [Image]) {
    switch bandwidth {
    case .fixed(let deviation): variance = Double(deviation) * Double(deviation)
    case .median:
      var distances: [Double] = []
      for (number, particle) in particles.enumerated() {
        for other in particles[..<number] {
          distances.append(pow(particle.distance(to: other, .l2), 2))
        }
      }
      distances.sort()
      let middle = distances.count / 2
      let median =
        distances.isEmpty
        ? 1
        : distances.count % 2 == 1
          ? distances[middle] : (distances[middle - 1] + distances[middle]) / 2
      variance = median / (2 * log(Double(particles.count + 1)))
    }
  }

  func value(_ left: Image, _ right: Image) -> Double {
    let distance = left.distance(to: right, .l2)
    return distance == 0 ? 1 : exp(-distance * distance / (2 * variance))
  }

  /// φᵢ = 1/K Σⱼ (F(xⱼ, xᵢ)·scoreⱼ + ∇ⱼF(xⱼ, xᵢ)), where ∇ⱼF = F·(xᵢ − xⱼ) / σ² drives apart.
  func directions(_ particles: [Image], scores: [Image]) -> [Image] {
    particles.map { own in
      var sum = own.map { _ in 0 }
      for (other, score) in zip(particles, scores) {
        let weight = value(other, own)
        // The repulsion of particles in one place is zero, and so is that of very distant ones.
        if weight == 0 { continue }
        sum = sum.combined(with: score) { $0 + Float(weight) * $1 }
        let repulsion = weight / variance
        if !repulsion.isFinite { continue }
        sum = sum.combined(with: own - other) { $0 + Float(repulsion) * $1 }
      }
      return (1 / Float(particles.count)) * sum
    }
  }
}
