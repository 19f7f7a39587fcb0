extension Graph {
  /// The constants with which the image is normalised before anything else, if it is.
  public var inputNormalization: Normalization? {
    let first = nodes.filter { $0.inputs.contains(0) }
    guard first.count == 1, case .normalize(let constants) = first[0].operation else { return nil }
    return constants
  }

  /// Where another network computes something else with the same parameters; nil where it does not.
  ///
  /// Names of nodes do not count, nor does a normalisation of the image, which is given apart.
  ///
  /// - Parameter other: the network to compare with.
  /// - Returns: the name of the first node that differs.
  public func firstDifference(from other: Graph) -> String? {
    if input != other.input { return nodes.first?.name ?? "input" }
    let (here, there) = (withoutInputNormalization, other.withoutInputNormalization)
    for (left, right) in zip(here, there)
    where left.operation != right.operation || left.inputs != right.inputs { return left.name }
    if here.count == there.count { return nil }
    return (here.count > there.count ? here[there.count] : there[here.count]).name
  }

  private var withoutInputNormalization: [Node] {
    guard inputNormalization != nil,
      let position = nodes.firstIndex(where: { $0.inputs.contains(0) })
    else { return nodes }
    var rest = nodes
    rest.remove(at: position)
    for index in rest.indices {
      rest[index].inputs = rest[index].inputs.map { source in
        source == position ? 0 : source > position ? source - 1 : source
      }
    }
    return rest
  }
}
