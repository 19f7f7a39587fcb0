import Files
import Tensors

/// Images as somebody stored them, brought into the form that everything here computes with.
///
/// `[count, channels, height, width]`, bytes 0…255 or floating-point numbers in [0, 1], is taken as
/// it is. What else can be told apart for certain is converted, and said in ``notes``.
struct ImageArray {
  let shape: FeatureShape
  let count: Int
  let pixels: PixelStorage
  /// What was taken for what; sentences for the report.
  private(set) var notes: [String] = []

  /// Finds out how images are laid out.
  ///
  /// - Parameters:
  ///   - array: of three or four axes.
  ///   - wanted: what a network takes or a known set has; decides where both layouts could be.
  /// - Throws: ``FileError`` when the array holds no images, or it cannot be told how.
  init(_ array: NumericArray, like wanted: FeatureShape?) throws(FileError) {
    var array = array
    let given = array.shape
    if given.count == 3 {
      array.shape.insert(1, at: 1)
      notes.append("\(array.name) \(given) was taken for \(given[0]) grey images")
    } else if given.count == 2, let wanted, wanted.channels == 1, wanted.count == given[1] {
      array.shape = [given[0], 1, wanted.height, wanted.width]
      notes.append("the rows of \(array.name) \(given) were taken for images of \(wanted)")
    }
    guard array.shape.count == 4, array.shape.allSatisfy({ $0 > 0 }) else {
      throw array.malformed(
        "its shape is \(given), expected [count, channels, height, width]; store one image a row")
    }
    if Self.isChannelsLast(array.shape, like: wanted) {
      array = array.transposed([0, 3, 1, 2])
      notes.append(
        "\(array.name) \(given) was taken for [count, height, width, channels]")
    }
    count = array.shape[0]
    shape = FeatureShape(
      channels: array.shape[1], height: array.shape[2], width: array.shape[3])
    let (pixels, note) = try Self.pixels(array)
    self.pixels = pixels
    if let note { notes.append(note) }
  }

  /// Whether the channels are the last axis: where images are wanted that fit only so, and
  /// otherwise where there are one or three of them there and more than four rows.
  private static func isChannelsLast(_ shape: [Int], like wanted: FeatureShape?) -> Bool {
    if let wanted {
      let extents = [wanted.channels, wanted.height, wanted.width]
      if Array(shape.dropFirst()) == extents { return false }
      if Array(shape.dropFirst()) == [extents[1], extents[2], extents[0]] { return true }
    }
    return (shape[3] == 1 || shape[3] == 3) && shape[1] > 4
  }

  /// Pixels above this are no rounding errors of images in [0, 1].
  private static let leastOfBytes: Float = 100

  private static func pixels(
    _ array: NumericArray
  ) throws(FileError) -> (PixelStorage, note: String?) {
    let stride = array.shape.dropFirst().reduce(1, *)
    func stored(_ bytes: [UInt8]) -> PixelStorage { .bytes(bytes, offset: 0, stride: stride) }
    func note(_ type: String) -> String {
      "the \(type) of \(array.name) were taken for intensities 0…255"
    }
    switch array.numbers {
    case .bytes(let bytes): return (stored(bytes), nil)
    case .truths(let truths):
      return (
        stored(truths.map { $0 * 255 }), "the truth values of \(array.name) were taken for 0 and 1"
      )
    case .integers(let integers):
      guard integers.allSatisfy({ (0...255).contains($0) }), integers.contains(where: { $0 > 1 })
      else {
        throw array.malformed(
          "its elements are whole numbers that are not intensities 0…255; store them as uint8, or "
            + "as float32 within [0, 1]")
      }
      return (stored(integers.map { UInt8($0) }), note("whole numbers"))
    case .floats(let floats):
      let tensor = { (elements: [Float]) in
        PixelStorage.floats(Tensor(shape: array.shape, elements: elements))
      }
      guard let largest = floats.max(), largest >= leastOfBytes,
        floats.allSatisfy({ (0...255).contains($0) })
      else { return (tensor(floats), nil) }
      if floats.allSatisfy({ $0 == $0.rounded() }) {
        return (stored(floats.map { UInt8($0) }), note("floating-point numbers"))
      }
      return (tensor(floats.map { $0 / 255 }), note("floating-point numbers"))
    }
  }
}
