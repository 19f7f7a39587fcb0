internal import Graphs
internal import Execution
internal import Tensors

extension Learner {
  /// Takes the running statistics of rank 0, as those of each rank's own share differ.
  func adoptRunningStatistics() {
    let ranks = machine.ranks
    if ranks.count == 1 { return }
    let trainable = stage.wiring.trainableNames.union(graph.trainableNames)
    let names = state.parameters.keys.filter { !trainable.contains($0) }.sorted()
    let own = ranks.number > 0 ? [] : names.flatMap { state.parameters[$0]?.elements ?? [] }
    var values = ranks.exchange(own.map { Double($0) })[0][...]
    for name in names {
      state.parameters[name]?.withUnsafeMutableElements { elements in
        for place in elements.indices { elements[place] = Float(values.removeFirst()) }
      }
    }
  }

  /// Whether any rank says so.
  func anyRank(_ says: Bool) -> Bool {
    machine.ranks.exchange([says ? 1 : 0]).contains { $0[0] > 0 }
  }

  /// Refuses what other ranks than 0 see otherwise.
  ///
  /// - Parameters:
  ///   - text: what this rank sees.
  ///   - problem: what is wrong with a rank that sees something else, as a clause.
  /// - Throws: ``TrainingError`` that names the rank.
  public func requireAgreement(
    on text: String, else problem: String
  ) throws(TrainingError) {
    let all = machine.ranks.exchange(Array(text.utf8))
    guard let other = all.firstIndex(where: { $0 != all[0] }) else { return }
    throw TrainingError(place: "rank \(other)", problem: problem)
  }

  /// Sums over all ranks.
  func total(_ counts: [Int]) -> [Int] {
    let all = machine.ranks.exchange(counts.map { Double($0) })
    return counts.indices.map { place in all.reduce(0) { $0 + Int($1[place]) } }
  }

  /// Rows that every rank has a share of, in their order.
  func everyones(_ rows: [[Float]]) -> [[Float]] {
    let width = rows.first?.count ?? 0
    let all = machine.ranks.exchange([Double(width)] + rows.joined().map { Double($0) })
    return all.flatMap { numbers -> [[Float]] in
      let width = Int(numbers[0])
      return stride(from: 1, to: numbers.count, by: max(width, 1)).map { start in
        numbers[start..<start + width].map { Float($0) }
      }
    }
  }
}
