/// What images and labels are usually called in files of arrays.
struct ArrayNames {
  /// The array of images.
  let images: String
  /// That of their labels, if there is one.
  let labels: String?

  /// Pairs in the order in which they are looked for; `#` is the split.
  private static let pairs = [
    ("x", "y"), ("images", "labels"), ("image", "label"), ("data", "labels"), ("data", "label"),
    ("data", "target"), ("data", "targets"), ("imgs", "labels"), ("samples", "labels"),
    ("x_#", "y_#"), ("#_x", "#_y"), ("#/x", "#/y"), ("#_images", "#_labels"),
    ("#/images", "#/labels"), ("#_data", "#_labels"), ("#_set_x", "#_set_y"),
    ("arr_0", "arr_1"), ("images", "y"), ("x", "labels"), ("data", "y"), ("x", "label"),
  ]

  /// Finds images, and labels where there are any; nil where there is nothing that images are
  /// usually called.
  ///
  /// - Parameters:
  ///   - names: of all arrays; upper and lower case do not matter.
  ///   - split: which images, where a file has several splits.
  init?(among names: [String], split: DatasetSplit) {
    let lowered = Dictionary(
      names.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    func name(_ pattern: String) -> String? {
      if names.contains(pattern) { return pattern }
      return lowered[pattern.replacing("#", with: split.rawValue)]
    }
    for (images, labels) in Self.pairs {
      if let images = name(images), let labels = name(labels) {
        self.images = images
        self.labels = labels
        return
      }
    }
    guard let images = Self.pairs.lazy.compactMap({ name($0.0) }).first else { return nil }
    self.images = images
    labels = nil
  }

  /// Whether a name, or that of a group, may be one of those that are looked for.
  static func areUsual(_ name: String) -> Bool {
    let name = name.lowercased()
    return pairs.contains { pair in
      [pair.0, pair.1].contains { pattern in
        DatasetSplit.allCases.contains { split in
          let usual = pattern.replacing("#", with: split.rawValue)
          return usual == name || usual.hasPrefix(name + "/")
        }
      }
    }
  }

  /// What a file should hold, for messages.
  static let expected =
    "x and y (or images and labels, data and label, x_test and y_test, arr_0 and arr_1)"

  /// A sentence about names other than `x` and `y`.
  var note: String? {
    images == "x" && (labels ?? "y") == "y"
      ? nil : "images were read from \(images)" + (labels.map { ", labels from \($0)" } ?? "")
  }
}
