import Files
import Graphs
import Tensors

extension WeightFile {
  /// What wrappers call their constants.
  private static let pairs = [
    ("mean", "std"), ("mu", "sigma"), ("new_mean", "new_std"), ("_mean", "_std"),
    ("means", "sds"), ("means", "stds"),
  ]

  /// Takes out the constants that a wrapper keeps beside the network.
  ///
  /// - Parameter path: the file.
  /// - Returns: nil where there are none, or several that differ.
  /// - Throws: ``FileError`` when a constant is not finite, or a deviation not positive.
  mutating func extractNormalization(_ path: String) throws(FileError) -> Normalization? {
    for (mean, deviation) in Self.pairs {
      let found = candidates(mean, deviation)
      guard let first = found.first,
        found.dropFirst().allSatisfy({
          $0.mean == first.mean && $0.deviation == first.deviation
        })
      else { continue }
      for (values, name) in [(first.mean, first.names[0]), (first.deviation, first.names[1])] {
        if let wrong = values.first(where: { !$0.isFinite }) {
          throw FileError(path, name, problem: "is \(wrong); constants must be finite")
        }
      }
      if let wrong = first.deviation.first(where: { $0 <= 0 }) {
        throw FileError(
          path, first.names[1], problem: "is \(wrong); a deviation must be positive, it divides")
      }
      let names = Set(found.flatMap(\.names))
      tensors.removeAll { names.contains($0.name) }
      return Normalization(mean: first.mean, deviation: first.deviation)
    }
    return nil
  }

  private typealias Candidate = (names: [String], mean: [Float], deviation: [Float])

  /// The pairs of small tensors whose names end in two words after the same beginning.
  private func candidates(_ mean: String, _ deviation: String) -> [Candidate] {
    let deviations = Dictionary(
      tensors.filter { $0.name.lastWord == deviation }.map {
        ($0.name.dropLast(deviation.count), $0)
      }, uniquingKeysWith: { first, _ in first })
    return tensors.compactMap { name, tensor in
      guard name.lastWord == mean, let other = deviations[name.dropLast(mean.count)],
        (1...16).contains(tensor.count), tensor.count == other.tensor.count
      else { return nil }
      return ([name, other.name], tensor.elements, other.tensor.elements)
    }
  }
}

extension String {
  /// What stands behind the last dot.
  fileprivate var lastWord: Substring {
    self[(lastIndex(of: ".").map(index(after:)) ?? startIndex)...]
  }
}
