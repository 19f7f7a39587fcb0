import Files

/// Classes of images as somebody stored them.
struct LabelArray {
  let labels: [Int]
  /// How many classes the form of the labels shows.
  let classes: Int?
  /// What was taken for what; a clause for the report.
  let note: String?

  /// Reads one label an image: `[count]`, `[count, 1]`, `[1, count]`, or one-hot `[count, classes]`.
  ///
  /// - Parameters:
  ///   - array: whole numbers, also as floating-point ones or truth values.
  ///   - count: of the images.
  /// - Throws: ``FileError`` when there are not as many labels, or they are none.
  init(_ array: NumericArray, count: Int) throws(FileError) {
    let shape = array.shape
    guard let numbers = array.wholeNumbers else {
      throw array.malformed(
        "not all of its elements are whole numbers; store the class of each image as one")
    }
    if shape == [count] {
      labels = numbers
      classes = nil
      note = Self.note(array)
    } else if shape == [count, 1] || shape == [1, count] {
      labels = numbers
      classes = nil
      note = "\(array.name) \(shape) was taken for one label an image"
    } else if shape.count == 2, shape[0] == count, shape[1] > 1 {
      labels = try Self.hot(numbers, array)
      classes = shape[1]
      note = "\(array.name) \(shape) was taken for one-hot labels"
    } else {
      throw array.malformed(
        "its shape is \(shape), expected [\(count)]; store one number for each image")
    }
  }

  private static func note(_ array: NumericArray) -> String? {
    switch array.numbers {
    case .bytes, .integers: nil
    case .floats: "the floating-point numbers of \(array.name) were taken for classes"
    case .truths: "the truth values of \(array.name) were taken for classes 0 and 1"
    }
  }

  private static func hot(_ numbers: [Int], _ array: NumericArray) throws(FileError) -> [Int] {
    let width = array.shape[1]
    var labels: [Int] = []
    for start in stride(from: 0, to: numbers.count, by: width) {
      let row = numbers[start..<start + width]
      guard let place = row.firstIndex(of: 1), row.allSatisfy({ $0 == 0 || $0 == 1 }),
        row.reduce(0, +) == 1
      else {
        throw array.malformed(
          "its row \(start / width) is not one-hot (a single 1 among zeros); store the class of "
            + "each image as a whole number")
      }
      labels.append(place - start)
    }
    return labels
  }
}
