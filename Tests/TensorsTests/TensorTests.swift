import Tensors
import Testing

@Suite("Tensors")
struct TensorTests {
  @Test("Changing a copy leaves the original alone")
  func copyIsIndependent() {
    let original = Tensor(shape: [2, 2], elements: [1, 2, 3, 4])
    var copy = original
    copy[0] = 9
    copy.withUnsafeMutableElements { $0[3] = 8 }
    #expect(original.elements == [1, 2, 3, 4])
    #expect(copy.elements == [9, 2, 3, 8])
  }

  @Test("Changing a reshaped tensor leaves its source alone")
  func reshapedIsIndependent() {
    let original = Tensor(shape: [6], elements: [0, 1, 2, 3, 4, 5])
    var reshaped = original.reshaped([2, 3])
    reshaped[5] = -1
    #expect(reshaped.shape == [2, 3])
    #expect(original[5] == 5)
  }

  @Test("A copy shares memory until it changes")
  func copySharesMemory() {
    let original = Tensor(shape: [3], repeating: 1)
    var copy = original
    func address(_ tensor: Tensor) -> UnsafePointer<Float>? {
      tensor.withUnsafeElements { $0.baseAddress }
    }
    #expect(address(copy) == address(original))
    copy[0] = 2
    #expect(address(copy) != address(original))
  }

  @Test("A matrix is transposed")
  func matrixIsTransposed() {
    let matrix = Tensor(shape: [2, 3], elements: [1, 2, 3, 4, 5, 6])
    let expected = Tensor(shape: [3, 2], elements: [1, 4, 2, 5, 3, 6])
    #expect(matrix.transposed([1, 0]) == expected)
  }

  @Test(
    "An element moves to its permuted index",
    arguments: [
      [0, 1, 2, 3], [3, 2, 1, 0], [2, 3, 1, 0], [0, 2, 3, 1], [1, 0, 3, 2],
    ])
  func elementMovesToItsPermutedIndex(_ axes: [Int]) {
    let shape = [2, 3, 4, 5]
    let tensor = Tensor(shape: shape, elements: (0..<120).map(Float.init))
    let result = tensor.transposed(axes)
    #expect(result.shape == axes.map { shape[$0] })
    for position in 0..<120 {
      let index = [position / 60, position / 20 % 3, position / 5 % 4, position % 5]
      let target = axes.reduce(0) { $0 * shape[$1] + index[$1] }
      #expect(result[target] == Float(position))
    }
  }

  @Test("A scalar has one element and no extents")
  func scalar() {
    let scalar = Tensor(shape: [], elements: [7])
    #expect(scalar.count == 1)
    #expect(scalar.transposed([]).elements == [7])
  }

  @Test("Memory is aligned for vector instructions", arguments: [0, 1, 5, 1000])
  func memoryIsAligned(_ count: Int) throws {
    let address = try #require(Tensor(shape: [count]).withUnsafeElements { $0.baseAddress })
    #expect(Int(bitPattern: address) % 64 == 0)
  }

  @Test("Elements that do not fit the shape are a programming error")
  func wrongCountStops() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor(shape: [2, 3], elements: [1, 2, 3])
    }
  }
}
