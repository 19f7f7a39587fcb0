extension PickleHeap {
  /// The last entry under a key of text.
  package func entry(_ name: String, of dictionary: Int) -> PickleValue? {
    dictionaries[dictionary].last { text($0.key) == name }?.value
  }

  /// A text, of Python 2 or 3.
  package func text(_ value: PickleValue) -> String? {
    switch value {
    case .text(let text): text
    case .bytes(let blob): String(validating: blobs[blob].prefix(4096), as: UTF8.self)
    default: nil
    }
  }

  /// The elements of a list of texts.
  package func texts(_ value: PickleValue) -> [String]? {
    guard case .list(let list) = value else { return nil }
    var texts: [String] = []
    for element in sequences[list] {
      guard let text = text(element) else { return nil }
      texts.append(text)
    }
    return texts
  }

  /// The elements of a list or tuple of whole numbers.
  package func integers(_ value: PickleValue) -> [Int]? {
    let sequence: Int
    switch value {
    case .list(let list): sequence = list
    case .tuple(let tuple): sequence = tuple
    default: return nil
    }
    var integers: [Int] = []
    integers.reserveCapacity(sequences[sequence].count)
    for element in sequences[sequence] {
      guard case .integer(let integer) = element else { return nil }
      integers.append(integer)
    }
    return integers
  }

  /// Bytes, which protocols before 3 spell as a text of Latin-1 that is to be encoded.
  package func bytes(_ value: PickleValue) -> [UInt8]? {
    switch value {
    case .bytes(let blob): return Array(blobs[blob])
    case .text(let text): return Array(text.utf8)
    case .object(let object):
      let call = objects[object]
      guard call.function == "_codecs.encode", call.arguments.count == 2,
        case .text(let text) = call.arguments[0], case .text("latin1") = call.arguments[1]
      else { return nil }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(text.unicodeScalars.count)
      for scalar in text.unicodeScalars {
        guard let byte = UInt8(exactly: scalar.value) else { return nil }
        bytes.append(byte)
      }
      return bytes
    default: return nil
    }
  }
}

/// An array of NumPy as a pickle describes it.
package struct PickledArray {
  /// The byte order, the letter of the type and the bytes of an element, for instance `<i8`.
  package var descriptor: String
  package var shape: [Int]
  /// Whether the first index runs fastest.
  package var isFortran: Bool
  package var bytes: [UInt8]
}

extension PickleHeap {
  /// An array; nil where the value is none, or one of objects.
  ///
  /// Source: NumPy, `ndarray.__reduce__` and `__reduce_ex__`, `dtype.__reduce__`.
  package func array(_ value: PickleValue) -> PickledArray? {
    guard case .object(let object) = value else { return nil }
    let call = objects[object]
    switch call.function {
    case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct":
      guard case .tuple(let tuple)? = call.state else { return nil }
      let state = sequences[tuple]
      guard state.count == 5, let shape = integers(state[1]), let type = type(state[2]),
        case .truth(let isFortran) = state[3], let bytes = bytes(state[4])
      else { return nil }
      return PickledArray(descriptor: type, shape: shape, isFortran: isFortran, bytes: bytes)
    case "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer":
      let given = call.arguments
      guard given.count == 4, let bytes = bytes(given[0]), let type = type(given[1]),
        let shape = integers(given[2]), let order = text(given[3])
      else { return nil }
      return PickledArray(descriptor: type, shape: shape, isFortran: order == "F", bytes: bytes)
    default: return nil
    }
  }

  /// The type of an array's elements.
  private func type(_ value: PickleValue) -> String? {
    guard case .object(let object) = value, objects[object].function == "numpy.dtype",
      let name = objects[object].arguments.first.flatMap({ text($0) })
    else { return nil }
    guard case .tuple(let state)? = objects[object].state, sequences[state].count > 1,
      let order = text(sequences[state][1])
    else { return "|" + name }
    return order + name
  }
}
