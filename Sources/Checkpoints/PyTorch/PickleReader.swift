import Files

/// Reads a pickle as data: a closed list of instructions builds values, and nothing is executed.
///
/// Source: the opcode table of Python's `pickletools`, protocols 0 to 5.
struct PickleReader {
  var reader: ByteReader
  private(set) var heap = PickleHeap()
  private var stack: [PickleValue] = []
  private var memo: [Int: PickleValue] = [:]
  private var allowance: Int

  /// Starts at the reader's position.
  ///
  /// - Parameter reader: the file or the part that holds the pickle.
  init(_ reader: ByteReader) {
    self.reader = reader
    // Each value costs below a hundred bytes, so that a pickle of one-byte instructions stays
    // below 25 MiB, while long files may hold more.
    allowance = 250_000 + reader.bytes.count / 50
  }

  /// Reads to the end of the pickle.
  ///
  /// - Returns: what it describes.
  mutating func value() throws(FileError) -> PickleValue {
    while true {
      let code = try reader.byte()
      guard let instruction = PickleInstruction(rawValue: code) else {
        throw malformed("contains the instruction \(code), which no checkpoint needs")
      }
      if instruction == .stop { return try pop() }
      try spend(1)
      try run(instruction)
    }
  }

  private mutating func run(_ instruction: PickleInstruction) throws(FileError) {
    switch instruction {
    case .stop: break
    case .proto: _ = try reader.byte()
    case .frame: _ = try reader.slice(8)
    case .mark: stack.append(.mark)
    case .pop: _ = try pop()
    case .popMark: _ = try popToMark()
    case .none, .newTrue, .newFalse, .int, .binInt, .binInt1, .binInt2, .long1, .long4, .binFloat,
      .shortString, .string, .shortText, .text, .longText, .shortBytes, .bytes, .longBytes:
      stack.append(try scalar(instruction))
    case .emptyTuple, .emptyList, .emptyDictionary, .tuple, .tuple1, .tuple2, .tuple3, .list,
      .dictionary:
      stack.append(try container(instruction))
    case .append, .appends, .setItem, .setItems: try extend(instruction)
    case .put, .longPut, .memoize, .get, .longGet: try recall(instruction)
    case .global, .stackGlobal: stack.append(.global(try global(instruction)))
    case .reduce: try reduce()
    case .build: _ = try pop()
    case .persistentID: try persistentID()
    }
  }

  func malformed(_ problem: String) -> FileError { reader.malformed("its pickle " + problem) }

  /// Counts values, so that memory stays in proportion to the file.
  private mutating func spend(_ count: Int) throws(FileError) {
    allowance -= count
    if allowance < 0 { throw malformed("holds too many values for a checkpoint") }
  }

  private mutating func pop() throws(FileError) -> PickleValue {
    guard let value = stack.popLast() else { throw malformed("takes a value where none is left") }
    return value
  }

  private mutating func popToMark() throws(FileError) -> [PickleValue] {
    let mark = stack.lastIndex { if case .mark = $0 { true } else { false } }
    guard let mark else { throw malformed("lacks a mark") }
    let values = Array(stack[(mark + 1)...])
    stack.removeSubrange(mark...)
    try spend(values.count)
    return values
  }

  private func last() throws(FileError) -> PickleValue {
    guard let value = stack.last else { throw malformed("takes a value where none is left") }
    return value
  }
}

// MARK: Values

extension PickleReader {
  private mutating func scalar(_ instruction: PickleInstruction) throws(FileError) -> PickleValue {
    switch instruction {
    case .newTrue: return .truth(true)
    case .newFalse: return .truth(false)
    case .int:
      let line = String(decoding: try reader.line(), as: UTF8.self)
      guard let number = Int(line) else { throw malformed("has no number in \(line)") }
      return line.count == 2 && line.first == "0" ? .truth(number == 1) : .integer(number)
    case .binInt: return .integer(Int(try reader.number() as Int32))
    case .binInt1: return .integer(Int(try reader.byte()))
    case .binInt2: return .integer(Int(try reader.number() as UInt16))
    case .long1: return try long(bytes: Int(try reader.byte()))
    case .long4: return try long(bytes: Int(try reader.number() as Int32))
    case .binFloat:
      return .real(Double(bitPattern: (try reader.number() as UInt64).byteSwapped))
    case .shortString, .shortText: return try text(bytes: Int(try reader.byte()))
    case .string, .text: return try text(bytes: Int(try reader.number() as UInt32))
    case .longText: return try text(bytes: try reader.number() as UInt64)
    case .shortBytes: _ = try reader.range(Int(try reader.byte()))
    case .bytes: _ = try reader.range(Int(try reader.number() as UInt32))
    case .longBytes: _ = try reader.range(try reader.number() as UInt64)
    default: return .none
    }
    return .unused
  }

  private mutating func text(bytes count: some BinaryInteger) throws(FileError) -> PickleValue {
    .text(String(decoding: try reader.slice(count), as: UTF8.self))
  }

  /// A whole number of any length in two's complement, the lowest byte first.
  private mutating func long(bytes count: Int) throws(FileError) -> PickleValue {
    let bytes = try reader.slice(count)
    guard count <= 8 else { return .unused }
    let isNegative = bytes.last.map { $0 >= 0x80 } ?? false
    return .integer(bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
  }

  private mutating func container(
    _ instruction: PickleInstruction
  ) throws(FileError) -> PickleValue {
    switch instruction {
    case .emptyList: return .list(try keep([]))
    case .list: return .list(try keep(try popToMark()))
    case .emptyDictionary: return .dictionary(try keepDictionary([]))
    case .dictionary: return .dictionary(try keepDictionary(try popToMark()))
    case .tuple: return .tuple(try keep(try popToMark()))
    case .tuple1: return .tuple(try keep(try popped(1)))
    case .tuple2: return .tuple(try keep(try popped(2)))
    case .tuple3: return .tuple(try keep(try popped(3)))
    default: return .tuple(try keep([]))
    }
  }

  private mutating func popped(_ count: Int) throws(FileError) -> [PickleValue] {
    var values: [PickleValue] = []
    for _ in 0..<count { values.append(try pop()) }
    return values.reversed()
  }

  private mutating func keep(_ values: [PickleValue]) throws(FileError) -> Int {
    try spend(1)
    heap.sequences.append(values)
    return heap.sequences.count - 1
  }

  private mutating func keepDictionary(_ values: [PickleValue]) throws(FileError) -> Int {
    try spend(1)
    heap.dictionaries.append(try pairs(values))
    return heap.dictionaries.count - 1
  }

  private func pairs(
    _ values: [PickleValue]
  ) throws(FileError) -> [(key: PickleValue, value: PickleValue)] {
    guard values.count.isMultiple(of: 2) else { throw malformed("has a key without a value") }
    return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
  }

  private mutating func extend(_ instruction: PickleInstruction) throws(FileError) {
    let values =
      switch instruction {
      case .append: try popped(1)
      case .setItem: try popped(2)
      default: try popToMark()
      }
    switch (instruction, try last()) {
    case (.append, .list(let list)), (.appends, .list(let list)):
      heap.sequences[list] += values
    case (.setItem, .dictionary(let dictionary)), (.setItems, .dictionary(let dictionary)):
      heap.dictionaries[dictionary] += try pairs(values)
    default: throw malformed("adds to something that is neither a list nor a dictionary")
    }
  }

  private mutating func recall(_ instruction: PickleInstruction) throws(FileError) {
    switch instruction {
    case .put: memo[Int(try reader.byte())] = try last()
    case .longPut: memo[Int(try reader.number() as UInt32)] = try last()
    case .memoize: memo[memo.count] = try last()
    default:
      let key =
        instruction == .get ? Int(try reader.byte()) : Int(try reader.number() as UInt32)
      guard let value = memo[key] else { throw malformed("recalls what it never kept") }
      stack.append(value)
    }
  }
}

// MARK: Names and calls

extension PickleReader {
  private mutating func global(
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
    guard let global = PickleGlobal(module: module, name: name) else {
      throw malformed(
        "refers to \(module).\(name), which is not part of a plain state dict; load the file in "
          + "PyTorch and save model.state_dict() alone")
    }
    return global
  }

  /// Calls of the few known constructors; their effect is spelt out here.
  private mutating func reduce() throws(FileError) {
    let arguments = try pop()
    let function = try pop()
    guard case .tuple(let tuple) = arguments, case .global(let global) = function else {
      throw malformed("calls something that is not a known function")
    }
    stack.append(try apply(global, to: heap.sequences[tuple]))
  }

  private mutating func apply(
    _ global: PickleGlobal, to arguments: [PickleValue]
  ) throws(FileError) -> PickleValue {
    switch global {
    case .orderedDictionary:
      guard arguments.isEmpty else {
        throw malformed("builds an OrderedDict from arguments; none are understood")
      }
      return .dictionary(try keepDictionary([]))
    case .rebuildTensor, .rebuildTensorV2:
      guard arguments.count >= 4, case .storage(let storage) = arguments[0],
        case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
        let strides = integers(arguments[3])
      else { throw malformed("builds a tensor from unknown arguments") }
      try spend(2 * shape.count + 2)
      heap.tensors.append(
        TensorView(
          storage: heap.storages[storage], offset: offset, shape: shape, strides: strides))
      return .tensor(heap.tensors.count - 1)
    case .rebuildParameter:
      guard let first = arguments.first, case .tensor = first else {
        throw malformed("builds a parameter from something that is no tensor")
      }
      return first
    case .storage(let element):
      throw malformed("calls torch.\(element.rawValue), which is not needed to load a state dict")
    }
  }

  /// The reference `('storage', class, key, location, count, view)` to numbers outside the pickle.
  private mutating func persistentID() throws(FileError) {
    guard case .tuple(let tuple) = try pop() else {
      throw malformed("refers to numbers in an unknown way")
    }
    let parts = heap.sequences[tuple]
    guard parts.count >= 5, case .text("storage") = parts[0],
      case .global(.storage(let element)) = parts[1], case .text(let key) = parts[2]
    else { throw malformed("refers to numbers in an unknown way") }
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
