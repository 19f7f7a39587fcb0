internal import Graphs

extension Graph {
  /// The parameters and running statistics of everything up to the end of the last stage.
  func parametersOfStages() throws(TrainingError) -> Set<String> {
    guard let end = featureTaps?.taps.last?.end else {
      throw TrainingError(
        place: "the student",
        problem: "has no stages of known names, which are prepared; name a network such as resnet20"
      )
    }
    var (needed, names) = (Set([end]), Set<String>())
    for position in stride(from: end, through: 0, by: -1) where needed.contains(position) {
      needed.formUnion(nodes[position].inputs)
      names.formUnion(nodes[position].operation.parameterNames)
    }
    return names
  }
}
