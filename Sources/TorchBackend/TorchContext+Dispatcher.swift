internal import Execution
import Foundation

/// An argument of an operator, as its schema lists them.
enum TorchArgument {
  case tensor(TorchTensor)
  case optionalTensor(TorchTensor?)
  case integers([Int])
  case optionalIntegers([Int])
  case flags([Bool])
  case integer(Int)
  case flag(Bool)
  case real(Double)
  case optionalInteger(Int)
  case text(StaticString)
  /// An optional argument that is not given.
  case none
}

extension TorchContext {
  /// Calls an operator that gives one tensor.
  func operate(
    _ name: StaticString, _ overload: StaticString, _ arguments: [TorchArgument]
  ) throws(BackendError) -> TorchTensor {
    try operate(name, overload, results: 1, arguments)[0]
  }

  /// Calls an operator that gives one tensor and has no overload.
  func operate(
    _ name: StaticString, _ arguments: [TorchArgument]
  ) throws(BackendError) -> TorchTensor {
    try operate(name, "", results: 1, arguments)[0]
  }

  /// Calls an operator by name.
  ///
  /// - Parameters:
  ///   - name: for example `aten::relu`.
  ///   - overload: what follows the point in its schema.
  ///   - results: how many tensors it gives.
  ///   - arguments: all of them, in the order of the schema.
  /// - Returns: the tensors.
  /// - Throws: ``BackendError`` with the library's own words.
  func operate(
    _ name: StaticString, _ overload: StaticString, results: Int, _ arguments: [TorchArgument]
  ) throws(BackendError) -> [TorchTensor] {
    var stack: [UInt64] = []
    stack.reserveCapacity(max(arguments.count, results))
    for argument in arguments { stack.append(try encoded(argument)) }
    while stack.count < results { stack.append(0) }
    let status = name.withCString { name in
      overload.withCString { functions.call(name, $0, &stack, library.encoding) }
    }
    try check(name, status)
    var tensors: [TorchTensor] = []
    for result in stack.prefix(results) {
      tensors.append(try made(name, Handle(bitPattern: UInt(result))))
    }
    return tensors
  }

  /// What stands on the stack; owned by the operator from then on.
  private func encoded(_ argument: TorchArgument) throws(BackendError) -> UInt64 {
    switch argument {
    case .tensor(let tensor): try reference(tensor)
    case .optionalTensor(let tensor?): try cell(reference(tensor))
    case .optionalTensor(nil), .none: 0
    case .integers(let values): try list(values.map { UInt64(bitPattern: Int64($0)) })
    case .optionalIntegers(let values):
      try cell(list(values.map { UInt64(bitPattern: Int64($0)) }))
    case .optionalInteger(let value): try cell(UInt64(bitPattern: Int64(value)))
    case .flags(let values): try list(values.map { $0 ? 1 : 0 })
    case .integer(let value): UInt64(bitPattern: Int64(value))
    case .flag(let value): value ? 1 : 0
    case .real(let value): value.bitPattern
    case .text(let value): try string(value)
    }
  }

  private func reference(_ tensor: TorchTensor) throws(BackendError) -> UInt64 {
    var handle: Handle?
    try check("new_tensor_handle", functions.newHandle(tensor.handle, &handle))
    return UInt64(UInt(bitPattern: handle))
  }

  /// Freed by the library.
  private func string(_ value: StaticString) throws(BackendError) -> UInt64 {
    var string: OpaquePointer?
    let status = value.withCString { functions.newString($0, value.utf8CodeUnitCount, &string) }
    try check("new_string_handle", status)
    return UInt64(UInt(bitPattern: string))
  }

  /// Freed by the library.
  private func cell(_ value: UInt64) throws(BackendError) -> UInt64 {
    guard let memory = malloc(MemoryLayout<UInt64>.size) else {
      throw BackendError(place: "malloc", problem: "out of memory")
    }
    memory.storeBytes(of: value, as: UInt64.self)
    return UInt64(UInt(bitPattern: memory))
  }

  private func list(_ values: [UInt64]) throws(BackendError) -> UInt64 {
    var list: OpaquePointer?
    try check("new_list_reserve_size", functions.newList(values.count, &list))
    for value in values { try check("list_push_back", functions.append(list, value)) }
    return UInt64(UInt(bitPattern: list))
  }
}

extension StaticString {
  fileprivate func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    utf8Start.withMemoryRebound(to: CChar.self, capacity: utf8CodeUnitCount + 1) { body($0) }
  }
}
