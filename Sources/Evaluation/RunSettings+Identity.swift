public import Files

extension RunSettings: RunIdentity {
  /// `--out`.
  public static let folderOption = "--out"

  /// The outermost fields that decide no result, each with the reason.
  public static let fieldsThatDecideNothing = [
    "model": "a file's name; what is in it stands in model_sha256",
    "eps": "the largest radius as it was written; its value stands in eps_value",
    "radii": "with each radius as it was written; their values are compared by themselves",
    "dataset_note": "words about the data; what they are stands in dataset_sha256",
    "notes": "words about attacks and rounding, which stand in attacks and rounding",
  ]

  /// How a difference in one of the outermost fields is told.
  ///
  /// - Parameters:
  ///   - field: its encoded name.
  ///   - other: the settings that are there.
  /// - Returns: a clause; nil where the plain one will do.
  public func difference(in field: String, from other: RunSettings) -> String? {
    switch field {
    case "model_sha256": differs(from: other, "the model's SHA-256", \.modelSHA256)
    case "dataset_sha256": differs(from: other, "the data's SHA-256", \.datasetSHA256)
    case "eps_value": differs(from: other, "eps", \.radiusValues)
    case "attacks": differs(from: other, "the list of attacks", \.attackTexts)
    case "indices": differs(from: other, "the list of images", \.imagesText)
    case "all_indices", "shard": differs(from: other, "the shard", \.shardText)
    case "rounding":
      differs(from: other, "rounding", \.roundingText).map {
        $0 + ", so that another processor would go on with other results"
      }
    default: nil
    }
  }

  /// Radii are equal that have equal values, and runs from before ``rounding`` was recorded have the
  /// rule for kernels among their notes.
  ///
  /// - Parameter other: the settings that are there.
  /// - Returns: that the notes stand for the field where one of the two lacks it.
  public func comparison(
    with other: RunSettings
  ) -> (inPlaceOf: Set<String>, difference: String?) {
    let ofRadii = differs(from: other, "eps", \.radiusValues)
    guard (rounding == nil) != (other.rounding == nil) else { return ([], ofRadii) }
    let rules = (rounding ?? other.rounding ?? []).dropFirst()
    let older = rounding == nil ? self : other
    let isSame = rules.allSatisfy(older.notes.contains)
    return (
      ["rounding"],
      ofRadii ?? (isSame ? nil : differs(from: other, "the notes on rounding", \.notes))
    )
  }

  /// The first setting but the images in which a run cannot be of the same evaluation, in words.
  ///
  /// - Parameter other: the settings of another shard.
  /// - Returns: a clause; nil when both can be merged.
  func differenceOfShard(from other: RunSettings) -> String? {
    difference(from: other, ignoring: ["indices", "shard", "all_indices"])
      ?? differs(from: other, "the set of images that was divided", \.extentOfAll)
      ?? (allIndices == other.allIndices ? nil : "the images that were divided are not the same")
  }

  /// How one setting differs, in words; nil where what is told of it is the same.
  private func differs<Value: Equatable>(
    from other: RunSettings, _ name: String, _ key: KeyPath<RunSettings, Value>
  ) -> String? {
    let (there, here) = (other[keyPath: key], self[keyPath: key])
    return there == here ? nil : "\(name) is \(there) there and \(here) here"
  }

  private var radiusValues: String {
    radii.map { "\($0.value)" }.joined(separator: ", ")
  }

  private var imagesText: String {
    "\(counted(indices.count, "image")) from index \(indices.first ?? 0)"
  }

  private var shardText: String {
    shard.map { "\($0) of \(allIndices?.count ?? 0) images" } ?? "none"
  }

  private var roundingText: String { rounding?.joined(separator: ", ") ?? "not recorded" }

  private var extentOfAll: String {
    guard let allIndices, let first = allIndices.first, let last = allIndices.last else {
      return "not given"
    }
    return "\(counted(allIndices.count, "image")) from \(first) to \(last)"
  }
}
