import Files

/// The named tensors found in a pickle.
struct StateDict {
  /// Names and views in the order of the file; no name occurs twice.
  let entries: [(name: String, view: TensorView)]

  /// Looks for dictionaries of tensors, wherever training scripts put them.
  ///
  /// - Parameters:
  ///   - root: what the pickle describes.
  ///   - heap: its containers.
  ///   - file: for messages.
  ///   - selection: which one is meant, where there are several.
  /// - Throws: ``FileError`` when there is none, or several and none was chosen.
  init(
    _ root: PickleValue, _ heap: PickleHeap, _ file: ByteReader,
    _ selection: inout WeightSelection
  ) throws(FileError) {
    var search = StateDictSearch(heap)
    search.look(at: root, place: [])
    let found = search.distinct
    switch found.count {
    case 0: throw Self.nothing(in: root, heap, file)
    case 1:
      entries = found[0].entries
      selection.onlyPlace = found[0].place
    default:
      let names = found.map { $0.place.isEmpty ? WeightSelection.top : $0.place }
      entries = found[try selection.pick(among: names, path: file.path)].entries
    }
  }

  private static func nothing(
    in root: PickleValue, _ heap: PickleHeap, _ file: ByteReader
  ) -> FileError {
    guard case .dictionary(let dictionary) = root else {
      return file.malformed("it holds no dictionary of tensors; save model.state_dict()")
    }
    return file.malformed(
      "its dictionary holds no tensors; expected a state dict, whole or under a key such as "
        + "state_dict; its keys are " + heap.keys(of: dictionary).joined(separator: ", "))
  }
}

/// Finds the dictionaries of tensors in a pickle, outermost first.
private struct StateDictSearch {
  typealias Found = (place: String, entries: [(name: String, view: TensorView)])

  private let heap: PickleHeap
  private var found: [Found] = []
  /// Containers that were looked at: references may be shared or circular.
  private var seenDictionaries: Set<Int> = []
  private var seenSequences: Set<Int> = []

  init(_ heap: PickleHeap) { self.heap = heap }

  /// What was found, each once; without a matrix or kernel in any, the first.
  var distinct: [Found] {
    let weights = found.filter { $0.entries.contains { $0.view.shape.count > 1 } }
    var distinct: [Found] = []
    for set in weights where !distinct.contains(where: { Self.areEqual($0, set) }) {
      distinct.append(set)
    }
    return distinct.isEmpty ? Array(found.prefix(1)) : distinct
  }

  mutating func look(at value: PickleValue, place: [String]) {
    guard place.count <= 6 else { return }
    switch value {
    case .dictionary(let dictionary):
      guard seenDictionaries.insert(dictionary).inserted else { return }
      let entries = tensors(of: dictionary)
      if !entries.isEmpty { found.append((place.joined(separator: "."), entries)) }
      for (key, value) in heap.dictionaries[dictionary] {
        if case .text(let name) = key, !Self.isOfTraining(name) {
          look(at: value, place: place + [name])
        }
      }
    case .list(let sequence), .tuple(let sequence):
      guard seenSequences.insert(sequence).inserted else { return }
      let values = heap.sequences[sequence]
      for (position, value) in values.enumerated() {
        look(at: value, place: values.count == 1 ? place : place + ["\(position)"])
      }
    case .mark, .none, .truth, .integer, .unused, .real, .text, .global, .storage, .tensor: return
    }
  }

  /// Whether a key is that of momenta and the like, which have the shapes of weights.
  private static func isOfTraining(_ key: String) -> Bool {
    let key = key.lowercased()
    return key.hasPrefix("optim") || key.hasSuffix("optimizer") || key.contains("scheduler")
  }

  private func tensors(of dictionary: Int) -> [(name: String, view: TensorView)] {
    var positions: [String: Int] = [:]
    var entries: [(name: String, view: TensorView)] = []
    for (key, value) in heap.dictionaries[dictionary] {
      guard case .text(let name) = key, case .tensor(let tensor) = value else { continue }
      if let position = positions[name] {
        entries[position].view = heap.tensors[tensor]
      } else {
        positions[name] = entries.count
        entries.append((name, heap.tensors[tensor]))
      }
    }
    return entries
  }

  /// Whether two dictionaries name the same numbers.
  private static func areEqual(_ left: Found, _ right: Found) -> Bool {
    left.entries.count == right.entries.count
      && zip(left.entries, right.entries).allSatisfy { left, right in
        left.name == right.name && left.view.storage.key == right.view.storage.key
          && left.view.offset == right.view.offset && left.view.shape == right.view.shape
          && left.view.strides == right.view.strides
      }
  }
}

extension PickleHeap {
  /// The first keys of a dictionary, for messages.
  fileprivate func keys(of dictionary: Int) -> [String] {
    dictionaries[dictionary].prefix(8).map {
      if case .text(let name) = $0.key { name } else { "(no text)" }
    }
  }
}
