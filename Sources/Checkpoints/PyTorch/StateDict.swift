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
      try Self.refuse(found[0].unread, file)
    default:
      let names = found.map { $0.place.isEmpty ? WeightSelection.top : $0.place }
      let chosen = found[try selection.pick(among: names, path: file.path)]
      entries = chosen.entries
      try Self.refuse(chosen.unread, file)
    }
  }

  /// Refuses a state dict with tensors that only PyTorch itself can make.
  private static func refuse(
    _ unread: [(name: String, function: String)], _ file: ByteReader
  ) throws(FileError) {
    guard let first = unread.first else { return }
    throw FileError(
      file.path, first.name,
      problem: "it is made by \(first.function), which is not read; convert it to a dense tensor "
        + "of float32, for instance with dequantize() or to_dense(), and save the state dict again")
  }

  private static func nothing(
    in root: PickleValue, _ heap: PickleHeap, _ file: ByteReader
  ) -> FileError {
    // The outermost objects are made last.
    let objects = heap.objects.reversed().map(\.function).prefix(4).joined(separator: ", ")
    if !objects.isEmpty {
      return file.malformed(
        "its pickle holds no state dict but refers to \(objects), which is code and is not run; load "
          + "the file in PyTorch and save model.state_dict() alone")
    }
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
  typealias Found = (
    place: String, entries: [(name: String, view: TensorView)],
    unread: [(name: String, function: String)]
  )

  private let heap: PickleHeap
  private var found: [Found] = []
  /// Containers that were looked at: references may be shared or circular.
  private var seenDictionaries: Set<Int> = []
  private var seenSequences: Set<Int> = []
  private var seenObjects: Set<Int> = []

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
      look(among: heap.dictionaries[dictionary], place: place)
    case .object(let object):
      guard seenObjects.insert(object).inserted else { return }
      look(among: heap.objects[object].entries, place: place)
      if heap.objects[object].isScripted {
        var tensors: [(name: String, view: TensorView)] = []
        gather(from: object, "", into: &tensors, depth: 0)
        if !tensors.isEmpty { found.append((place.joined(separator: "."), tensors, [])) }
      }
    case .list(let sequence), .tuple(let sequence):
      guard seenSequences.insert(sequence).inserted else { return }
      let values = heap.sequences[sequence]
      for (position, value) in values.enumerated() {
        look(at: value, place: values.count == 1 ? place : place + ["\(position)"])
      }
    case .mark, .none, .truth, .integer, .unused, .real, .text, .bytes, .global, .storage, .tensor:
      return
    }
  }

  /// Looks into a dictionary, or into an object that is a kind of dictionary.
  private mutating func look(
    among entries: [(key: PickleValue, value: PickleValue)], place: [String]
  ) {
    let tensors = tensors(among: entries)
    if !tensors.isEmpty {
      found.append((place.joined(separator: "."), tensors, unread(among: entries)))
    }
    for (key, value) in entries {
      if case .text(let name) = key, !Self.isOfTraining(name) {
        look(at: value, place: place + [name])
      }
    }
  }

  /// The tensors of a module of TorchScript, which keeps them and its parts as attributes.
  private mutating func gather(
    from object: Int, _ prefix: String, into tensors: inout [(name: String, view: TensorView)],
    depth: Int
  ) {
    guard depth < 32, case .dictionary(let attributes)? = heap.objects[object].state else { return }
    for (key, value) in heap.dictionaries[attributes] {
      guard case .text(let name) = key else { continue }
      switch value {
      case .tensor(let tensor): tensors.append((prefix + name, heap.tensors[tensor]))
      case .object(let part)
      where heap.objects[part].isScripted && seenObjects.insert(part).inserted:
        gather(from: part, prefix + name + ".", into: &tensors, depth: depth + 1)
      default: continue
      }
    }
  }

  /// Tensors of kinds that are not read.
  private func unread(
    among entries: [(key: PickleValue, value: PickleValue)]
  ) -> [(name: String, function: String)] {
    entries.compactMap { key, value in
      guard case .text(let name) = key, case .object(let object) = value,
        heap.objects[object].function.hasPrefix("torch._utils._rebuild_")
          || heap.objects[object].function.hasPrefix("torch._tensor._rebuild_")
      else { return nil }
      return (name, heap.objects[object].function)
    }
  }

  /// Whether a key is that of momenta and the like, which have the shapes of weights.
  private static func isOfTraining(_ key: String) -> Bool {
    let key = key.lowercased()
    return key.hasPrefix("optim") || key.hasSuffix("optimizer") || key.contains("scheduler")
  }

  private func tensors(
    among dictionary: [(key: PickleValue, value: PickleValue)]
  ) -> [(name: String, view: TensorView)] {
    var positions: [String: Int] = [:]
    var entries: [(name: String, view: TensorView)] = []
    for (key, value) in dictionary {
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

extension PickleObject {
  /// Whether it is of a class that TorchScript made.
  fileprivate var isScripted: Bool { function.hasPrefix("__torch__.") }
}

extension PickleHeap {
  /// The first keys of a dictionary, for messages.
  fileprivate func keys(of dictionary: Int) -> [String] {
    dictionaries[dictionary].prefix(8).map {
      if case .text(let name) = $0.key { name } else { "(no text)" }
    }
  }
}
