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
  }

  private let contents = Mutex(Contents())

  func object(
    _ source: borrowing HDF5Source, at address: UInt64, _ place: String
  ) throws(FileError) -> HDF5Object {
    if let known = contents.withLock({ $0.objects[address] }) { return known }
    let object = try HDF5Object(source, at: address, place)
    contents.withLock { $0.objects[address] = object }
    return object
  }

  func links(
    _ source: borrowing HDF5Source, of group: HDF5Object
  ) throws(FileError) -> HDF5Links {
    if let known = contents.withLock({ $0.links[group.address] }) { return known }
    let links = try HDF5Links(source, of: group)
    contents.withLock { $0.links[group.address] = links }
    return links
  }

  func dataset(
    _ object: HDF5Object, of file: borrowing HDF5File
  ) throws(FileError) -> HDF5Dataset {
    if let known = contents.withLock({ $0.datasets[object.address] }) { return known }
    let dataset = try HDF5Dataset(object, file)
    contents.withLock { $0.datasets[object.address] = dataset }
    return dataset
  }

  func texts(
    _ source: borrowing HDF5Source, at address: UInt64, _ place: String
  ) throws(FileError) -> HDF5Heap {
    if let known = contents.withLock({ $0.texts[address] }) { return known }
    let texts = try HDF5Heap(source, at: address, place)
    contents.withLock { $0.texts[address] = texts }
    return texts
  }
}
