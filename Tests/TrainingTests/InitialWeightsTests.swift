import Graphs
import Tensors
import Testing

@testable import Training

/// Moments of drawn weights against those of the distributions the networks' authors draw from.
@Suite struct InitialWeightsTests {
  private func model(_ name: String) throws -> Model {
    InitialWeights.model(
      of: try #require(Architecture.named(name)), random: RandomStream(seed: 0))
  }

  private func moments(_ tensor: Tensor?) throws -> (
    mean: Double, deviation: Double, largest: Float
  ) {
    let values = try #require(tensor).elements
    let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
    let square = values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count)
    return (mean, (square - mean * mean).squareRoot(), values.map(abs).max() ?? 0)
  }

  @Test(arguments: ["resnet20", "wrn-16-2", "bss-resnet8"])
  func kernelsOfResidualNetworksAreNormalByTheirOutputs(name: String) throws {
    let model = try model(name)
    let kernels = model.parameters.filter { $0.value.shape.count == 4 && $0.value.count > 9000 }
    #expect(!kernels.isEmpty)
    for (name, kernel) in kernels {
      let expected = (2 / Double(kernel.shape[0] * kernel.shape[2] * kernel.shape[3])).squareRoot()
      let found = try moments(kernel)
      // Four standard deviations of the estimate.
      let error = 4 / Double(2 * kernel.count).squareRoot()
      #expect(abs(found.deviation / expected - 1) < error, "\(name)")
      #expect(abs(found.mean) < 4 * expected / Double(kernel.count).squareRoot(), "\(name)")
    }
  }

  @Test func otherKernelsAreUniformAsInPyTorch() throws {
    let model = try model("resnet-18-cifar")
    let kernel = try #require(model.parameters["layer1.0.conv1.weight"])
    let bound = 1 / Double(64 * 9).squareRoot()
    let found = try moments(kernel)
    #expect(Double(found.largest) <= bound)
    #expect(Double(found.largest) > 0.999 * bound)
    #expect(abs(found.deviation / (bound / 3.0.squareRoot()) - 1) < 0.02)
  }

  @Test func biasesAndNormalisationsBeginAsTheirAuthorsSay() throws {
    let wide = try model("wrn-16-2")
    #expect(try moments(wide.parameters["fc.bias"]).largest == 0)
    #expect(try #require(wide.parameters["bn1.weight"]).elements.allSatisfy { $0 == 1 })
    #expect(try #require(wide.parameters["bn1.running_var"]).elements.allSatisfy { $0 == 1 })
    #expect(try #require(wide.parameters["bn1.running_mean"]).elements.allSatisfy { $0 == 0 })
    let small = try model("resnet20")
    let bias = try moments(small.parameters["fc.bias"])
    #expect(bias.largest > 0 && Double(bias.largest) <= 1.0 / 8)
  }
}
