/// Reads a pickle as data: a closed list of instructions builds values, and nothing is executed.
///
/// Source: the opcode table of Python's `pickletools`, protocols 0 to 5.
package struct PickleReader {
  package internal(set) var reader: ByteReader
  package internal(set) var heap = PickleHeap()
  var stack: [PickleValue] = []
  private var memo: [Int: PickleValue] = [:]
  private var allowance: Int

  /// Starts at the reader's position.
  ///
  /// - Parameter reader: the file or the part that holds the pickle.
  package init(_ reader: ByteReader) {
    self.reader = reader
    // Each value costs below a hundred bytes, so that a pickle of one-byte instructions stays
    // below 25 MiB, while long files may hold more.
    allowance = 250_000 + reader.bytes.count / 50
  }

  /// Reads to the end of the pickle.
  ///
  /// - Returns: what it describes.
  package mutating func value() throws(FileError) -> PickleValue {
    while true {
      let code = try reader.byte()
      guard let instruction = PickleInstruction(rawValue: code) else {
        throw malformed("contains the instruction \(code), which is not one of data")
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
    case .duplicate: stack.append(try last())
    case .pop: _ = try pop()
    case .popMark: _ = try popToMark()
    case .none, .newTrue, .newFalse, .int, .binInt, .binInt1, .binInt2, .long1, .long4, .binFloat,
      .shortString, .string, .shortText, .text, .longText, .shortBytes, .bytes, .longBytes,
      .byteArray, .long, .float:
      stack.append(try scalar(instruction))
    case .emptyTuple, .emptyList, .emptyDictionary, .tuple, .tuple1, .tuple2, .tuple3, .list,
      .dictionary, .emptySet, .frozenSet:
      stack.append(try container(instruction))
    case .append, .appends, .setItem, .setItems, .addItems: try extend(instruction)
    case .put, .longPut, .memoize, .get, .longGet: try recall(instruction)
    case .global, .stackGlobal: stack.append(.global(try global(instruction)))
    case .reduce: try reduce()
    case .newObject, .newObjectWithKeywords: try makeObject(instruction)
    case .build: try build()
    case .persistentID: try persistentID()
    }
  }

  func malformed(_ problem: String) -> FileError { reader.malformed("its pickle " + problem) }

  /// Counts values, so that memory stays in proportion to the file.
  mutating func spend(_ count: Int) throws(FileError) {
    allowance -= count
    if allowance < 0 { throw malformed("holds too many values for a file of its size") }
  }

  mutating func pop() throws(FileError) -> PickleValue {
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

  func last() throws(FileError) -> PickleValue {
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
    case .shortText: return try text(bytes: Int(try reader.byte()))
    case .shortString: return try string(bytes: Int(try reader.byte()))
    case .string: return try string(bytes: Int(try reader.number() as Int32))
    case .text: return try text(bytes: Int(try reader.number() as UInt32))
    case .longText: return try text(bytes: try reader.number() as UInt64)
    case .shortBytes: return try blob(try reader.slice(Int(try reader.byte())))
    case .bytes: return try blob(try reader.slice(Int(try reader.number() as UInt32)))
    case .longBytes, .byteArray: return try blob(try reader.slice(try reader.number() as UInt64))
    case .long:
      let line = String(decoding: try reader.line(), as: UTF8.self)
      return Int(line.hasSuffix("L") ? String(line.dropLast()) : line).map { .integer($0) }
        ?? .unused
    case .float:
      let line = String(decoding: try reader.line(), as: UTF8.self)
      return Double(line).map { .real($0) } ?? .unused
    default: return .none
    }
  }

  private mutating func blob(_ bytes: ArraySlice<UInt8>) throws(FileError) -> PickleValue {
    try spend(1)
    heap.blobs.append(bytes)
    return .bytes(heap.blobs.count - 1)
  }

  /// A text of Python 2, which may be one or not.
  private mutating func string(bytes count: Int) throws(FileError) -> PickleValue {
    let bytes = try reader.slice(count)
    if count < 4096, let text = String(validating: bytes, as: UTF8.self) { return .text(text) }
    return try blob(bytes)
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
    case .emptyList, .emptySet: return .list(try keep([]))
    case .list, .frozenSet: return .list(try keep(try popToMark()))
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

  mutating func keepDictionary(_ values: [PickleValue]) throws(FileError) -> Int {
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
    case (.append, .list(let list)), (.appends, .list(let list)), (.addItems, .list(let list)):
      heap.sequences[list] += values
    case (.setItem, .dictionary(let dictionary)), (.setItems, .dictionary(let dictionary)):
      heap.dictionaries[dictionary] += try pairs(values)
    case (.setItem, .object(let object)), (.setItems, .object(let object)):
      heap.objects[object].entries += try pairs(values)
    // A kind of list or set that is not known; nothing needs what it holds.
    case (_, .object): break
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
