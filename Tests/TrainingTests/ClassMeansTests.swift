import Testing
import Training

struct ClassMeansTests {
  @Test func aClassWithoutSamplesKeepsItsRow() {
    var means = ClassMeans(classes: 2)
    means.add([0.25, 0.75], of: 1)
    means.add([0.5, 0.5], of: 1)
    means.endEpoch()
    #expect(means.matrix == [0.5, 0.5, 0.375, 0.625])
    #expect(means.sums == [0, 0, 0, 0])
  }
}
