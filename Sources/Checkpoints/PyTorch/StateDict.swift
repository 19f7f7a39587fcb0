import Files

/// The named tensors found in a pickle.
struct StateDict {
  /// Names and views in the order of the file; no name occurs twice.
  let entries: [(name: String, view: TensorView)]

  /// Looks for a dictionary of tensors where training scripts put it.
  ///
  /// - Parameters:
  ///   - root: what the pickle describes.
  ///   - heap: its containers.
  ///   - file: for messages.
  /// - Throws: ``FileError`` when there is none.
  init(_ root: PickleValue, _ heap: PickleHeap, _ file: ByteReader) throws(FileError) {
    var value = root
    // Each step goes one container deeper; circular references end here.
    for _ in 0..<6 {
      switch value {
      case .dictionary(let dictionary):
        let inner = ["state_dict", "model_state_dict", "model", "net"].lazy
          .compactMap { heap.entry($0, of: dictionary) }.first(where: \.isContainer)
        if let inner {
          value = inner
          continue
        }
        let entries = Self.tensors(of: dictionary, heap)
        guard !entries.isEmpty else {
          throw file.malformed(
            "its dictionary holds no tensors; expected a state dict, whole or under state_dict, "
              + "model_state_dict, model or net; its keys are "
              + heap.keys(of: dictionary).joined(separator: ", "))
        }
        self.entries = entries
        return
      case .list(let sequence), .tuple(let sequence):
        guard heap.sequences[sequence].count == 1 else {
          throw file.malformed(
            "it holds a list of \(heap.sequences[sequence].count); expected one state dict")
        }
        value = heap.sequences[sequence][0]
      case .mark, .none, .truth, .integer, .unused, .real, .text, .global, .storage, .tensor:
        throw file.malformed("it holds no dictionary of tensors; save model.state_dict()")
      }
    }
    throw file.malformed("its state dict is nested too deeply")
  }

  private static func tensors(
    of dictionary: Int, _ heap: PickleHeap
  ) -> [(name: String, view: TensorView)] {
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
}

extension PickleValue {
  fileprivate var isContainer: Bool {
    switch self {
    case .dictionary, .list, .tuple: true
    case .mark, .none, .truth, .integer, .unused, .real, .text, .global, .storage, .tensor: false
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
