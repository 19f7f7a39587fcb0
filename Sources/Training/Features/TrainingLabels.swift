internal import Datasets
internal import Tensors

/// The classes of all training images, from which terms draw partners of an image.
public struct TrainingLabels: Sendable {
  /// One more than the largest index of an image.
  public let rows: Int
  /// How many images there are.
  public let count: Int
  /// The indices of all images, class by class.
  private let sorted: [Int]
  /// The places of each class there.
  private let places: [Range<Int>]
  /// By index; −1 where no training image has it.
  private let labels: [Int]

  /// Joins indices and classes.
  ///
  /// - Parameters:
  ///   - indices: of the images, each once.
  ///   - labels: their classes.
  public init(indices: [Int] = [], labels: [Int] = []) {
    precondition(indices.count == labels.count, "every image has a class")
    count = indices.count
    rows = (indices.max() ?? -1) + 1
    var all = [Int](repeating: -1, count: rows)
    for (index, label) in zip(indices, labels) { all[index] = label }
    self.labels = all
    let classes = (labels.max() ?? -1) + 1
    var members = [[Int]](repeating: [], count: classes)
    for index in all.indices where all[index] >= 0 { members[all[index]].append(index) }
    var (sorted, places) = ([Int](), [Range<Int>]())
    for label in 0..<classes {
      let start = sorted.count
      sorted += members[label]
      places.append(start..<sorted.count)
    }
    self.sorted = sorted
    self.places = places
  }

  /// The images of a set that are trained on.
  ///
  /// - Parameter set: without what is held out.
  public init(_ set: TrainingSet) {
    self.init(
      indices: set.positions.map { set.dataset.index(at: $0) },
      labels: set.positions.map { set.dataset.label(at: $0) })
  }

  /// Any image of an image's class, itself included.
  func draw(like index: Int, using random: inout RandomStream) -> Int {
    let own = places[labels[index]]
    return sorted[own.lowerBound + random.below(own.count)]
  }

  /// Images of other classes, each once unless there are too few.
  func draw(_ number: Int, unlike index: Int, using random: inout RandomStream) -> [Int] {
    let own = places[labels[index]]
    let others = count - own.count
    func other(_ number: Int) -> Int {
      sorted[number < own.lowerBound ? number : number + own.count]
    }
    if others == 0 { return [] }
    if number > others { return (0..<number).map { _ in other(random.below(others)) } }
    var pool = Array(0..<others)
    return (0..<number).map { place in
      pool.swapAt(place, place + random.below(others - place))
      return other(pool[place])
    }
  }
}
