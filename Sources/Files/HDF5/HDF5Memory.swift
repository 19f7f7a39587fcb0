import Synchronization

/// What has been read of a file's structure, by address.
///
/// Structures may refer to each other in any way, in a hostile file in circles and millions of
/// times. Each is read once; what all of them may take is bounded by ``HDF5Source``.
final class HDF5Memory: Sendable {
  private struct Contents {
    var objects: [UInt64: HDF5Object] = [:]
    var links: [UInt64: HDF5Links] = [:]
    var datasets: [UInt64: HDF5Dataset] = [:]
    var texts: [UInt64: HDF5Heap] = [:]
    var addresses: [String: UInt64] = [:]
  }

  private let contents = Mutex(Contents())

  /// Where the object of a full name lies, if that was remembered.
  func address(of name: String) -> UInt64? { contents.withLock { $0.addresses[name] } }

  func remember(_ address: UInt64, as name: String) {
    contents.withLock { $0.addresses[name] = address }
  }

  func object(
    _ source: borrowing HDF5Source, at address: UInt64, _ place: String
  ) throws(FileError) -> HDF5Object {
    try remembered(\.objects, at: address) { () throws(FileError) in
      try HDF5Object(source, at: address, place)
    }
  }

  func links(
    _ source: borrowing HDF5Source, of group: HDF5Object
  ) throws(FileError) -> HDF5Links {
    try remembered(\.links, at: group.address) { () throws(FileError) in
      try HDF5Links(source, of: group)
    }
  }

  func dataset(
    _ object: HDF5Object, of file: borrowing HDF5File
  ) throws(FileError) -> HDF5Dataset {
    try remembered(\.datasets, at: object.address) { () throws(FileError) in
      try HDF5Dataset(object, file)
    }
  }

  func texts(
    _ source: borrowing HDF5Source, at address: UInt64, _ place: String
  ) throws(FileError) -> HDF5Heap {
    try remembered(\.texts, at: address) { () throws(FileError) in
      try HDF5Heap(source, at: address, place)
    }
  }

  /// What stands at an address, read when it is asked for first.
  private func remembered<Value: Sendable>(
    _ kind: WritableKeyPath<Contents, [UInt64: Value]>, at address: UInt64,
    _ read: () throws(FileError) -> Value
  ) throws(FileError) -> Value {
    if let known = contents.withLock({ $0[keyPath: kind][address] }) { return known }
    let value = try read()
    contents.withLock { $0[keyPath: kind][address] = value }
    return value
  }
}
