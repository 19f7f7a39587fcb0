extension PickleReader {
  mutating func global(
    _ instruction: PickleInstruction
  ) throws(FileError) -> PickleGlobal {
    let module: String
    let name: String
    if instruction == .global {
      module = String(decoding: try reader.line(), as: UTF8.self)
      name = String(decoding: try reader.line(), as: UTF8.self)
    } else {
      guard case .text(let last) = try pop(), case .text(let first) = try pop() else {
        throw malformed("refers to something that has no name")
      }
      (module, name) = (first, last)
    }
    return PickleGlobal(module: module, name: name)
  }

  /// Calls of the few known constructors are spelt out here; all others are kept as they are asked
  /// for, and made by nobody.
  mutating func reduce() throws(FileError) {
    let arguments = try pop()
    let function = try pop()
    guard case .tuple(let tuple) = arguments else {
      throw malformed("calls something without a tuple of arguments")
    }
    stack.append(try apply(function, to: heap.sequences[tuple]))
  }

  /// `class.__new__(class, …)`, which is not made either.
  mutating func makeObject(_ instruction: PickleInstruction) throws(FileError) {
    if instruction == .newObjectWithKeywords { _ = try pop() }
    try reduce()
  }

  /// What an object that was not made would be told.
  mutating func build() throws(FileError) {
    let state = try pop()
    if case .object(let object) = try last() { heap.objects[object].state = state }
  }

  private mutating func apply(
    _ function: PickleValue, to arguments: [PickleValue]
  ) throws(FileError) -> PickleValue {
    switch function {
    case .global(.orderedDictionary):
      return .dictionary(try keepDictionary(try items(arguments)))
    case .global(.defaultDictionary): return .dictionary(try keepDictionary([]))
    case .global(let global):
      if let known = try known(global, arguments) { return known }
      return try object(global.name, arguments)
    case .object(let object):
      return try self.object(heap.objects[object].function + "(…)", arguments)
    default: throw malformed("calls something that is no function")
    }
  }

  /// The keys and values that Python 2 gives to an `OrderedDict` as a list of pairs.
  private func items(_ arguments: [PickleValue]) throws(FileError) -> [PickleValue] {
    guard let first = arguments.first else { return [] }
    var items: [PickleValue] = []
    guard case .list(let list) = first else {
      throw malformed("builds an OrderedDict from something that is no list")
    }
    for element in heap.sequences[list] {
      guard case .list(let pair) = element, heap.sequences[pair].count == 2 else {
        guard case .tuple(let pair) = element, heap.sequences[pair].count == 2 else {
          throw malformed("builds an OrderedDict from something that is no list of pairs")
        }
        items += heap.sequences[pair]
        continue
      }
      items += heap.sequences[pair]
    }
    return items
  }

  private mutating func object(
    _ function: String, _ arguments: [PickleValue]
  ) throws(FileError) -> PickleValue {
    try spend(2 + arguments.count + function.utf8.count / 32)
    heap.objects.append(PickleObject(function: function, arguments: arguments))
    return .object(heap.objects.count - 1)
  }

  /// A tensor or parameter; nil where it is of a kind that is not read.
  private mutating func known(
    _ global: PickleGlobal, _ arguments: [PickleValue]
  ) throws(FileError) -> PickleValue? {
    switch global {
    case .rebuildTensor, .rebuildTensorV2:
      guard arguments.count >= 4, case .integer(let offset) = arguments[1],
        let shape = integers(arguments[2]), let strides = integers(arguments[3])
      else { throw malformed("builds a tensor from unknown arguments") }
      guard case .storage(let storage) = arguments[0] else { return nil }
      try spend(2 * shape.count + 2)
      heap.tensors.append(
        TensorView(
          storage: heap.storages[storage], offset: offset, shape: shape, strides: strides))
      return .tensor(heap.tensors.count - 1)
    case .rebuildParameter:
      if case .tensor = arguments.first { return arguments[0] }
      return nil
    case .storage, .orderedDictionary, .defaultDictionary, .other: return nil
    }
  }

  /// The reference `('storage', class, key, location, count, view)` to numbers outside the pickle.
  mutating func persistentID() throws(FileError) {
    guard case .tuple(let tuple) = try pop() else {
      throw malformed("refers to numbers in an unknown way")
    }
    let parts = heap.sequences[tuple]
    // PyTorch before 1.6 keeps the source of a class beside it.
    if parts.count > 1, case .text("module") = parts[0] {
      stack.append(parts[1])
      return
    }
    guard parts.count >= 5, case .text("storage") = parts[0],
      case .text(let key) = parts[2]
    else { throw malformed("refers to numbers in an unknown way") }
    guard case .global(.storage(let element)) = parts[1] else {
      // Numbers of a type that no state dict read here has.
      stack.append(.unused)
      return
    }
    var reference = StorageReference(element: element, key: key)
    if parts.count > 5, case .tuple(let view) = parts[5] {
      guard heap.sequences[view].count == 3, case .integer(let offset) = heap.sequences[view][1],
        case .integer(let count) = heap.sequences[view][2]
      else { throw malformed("refers to a part of a storage in an unknown way") }
      reference.part = (offset, count)
    }
    try spend(1)
    heap.storages.append(reference)
    stack.append(.storage(heap.storages.count - 1))
  }

  private func integers(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let tuple) = value, heap.sequences[tuple].count <= 16 else { return nil }
    var integers: [Int] = []
    for element in heap.sequences[tuple] {
      guard case .integer(let integer) = element else { return nil }
      integers.append(integer)
    }
    return integers
  }
}
