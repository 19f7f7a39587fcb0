internal import Execution
import Foundation
internal import Graphs
internal import Tensors

/// A graph's parameters on a device, in one block of single precision.
final class DeviceParameters {
  private struct Place {
    var name: String
    var shape: [Int]
    var start: Int
    var count: Int { shape.reduce(1, *) }
  }

  private let context: TorchContext
  private let places: [Place]
  private let staging: StagingTensor
  private let block: TorchTensor
  /// By name, in their own shapes.
  let tensors: [String: TorchTensor]

  /// Takes memory for parameters.
  ///
  /// - Parameters:
  ///   - names: which, in order.
  ///   - shapes: by name.
  ///   - context: where.
  /// - Throws: ``BackendError`` when memory is short.
  init(
    _ names: [String], shapes: [String: [Int]], on context: TorchContext
  ) throws(BackendError) {
    self.context = context
    var places: [Place] = []
    var end = 0
    for name in names {
      let place = Place(name: name, shape: shapes[name] ?? [], start: end)
      places.append(place)
      // Every tensor begins on a line of the cache.
      end += (place.count + 15) / 16 * 16
    }
    self.places = places
    staging = try context.staging([max(end, 1)])
    staging.values.update(repeating: 0)
    block =
      context.isAccelerator
      ? try context.empty([max(end, 1)], type: context.single) : staging.tensor
    var tensors: [String: TorchTensor] = [:]
    for place in places {
      tensors[place.name] = try context.view(block, place.shape, offset: place.start)
    }
    self.tensors = tensors
  }

  /// Gives the device other values.
  ///
  /// - Parameter parameters: all of them, in their shapes.
  /// - Throws: ``BackendError`` when the library fails.
  func upload(_ parameters: [String: Tensor]) throws(BackendError) {
    let tensors = places.map { place in
      guard let tensor = parameters[place.name], tensor.shape == place.shape else {
        preconditionFailure("\(place.name) has the shape that the plan was made for")
      }
      return tensor
    }
    let copies = Copies(
      zip(places, tensors).map { place, tensor in
        tensor.withUnsafeElements {
          Copies.Part(
            source: $0.baseAddress, target: staging.values.baseAddress.map { $0 + place.start },
            count: place.count)
        }
      })
    withExtendedLifetime(tensors) { copies.run() }
    if context.isAccelerator { try context.copy(staging.tensor, to: block) }
  }

  /// Brings values from the device into tensors.
  ///
  /// - Parameter parameters: those that are there and their shapes stay.
  /// - Throws: ``BackendError`` when the library fails.
  func download(into parameters: inout [String: Tensor]) throws(BackendError) {
    try fetch()
    var parts: [Copies.Part] = []
    for place in places {
      var tensor = parameters.removeValue(forKey: place.name) ?? Tensor(shape: place.shape)
      tensor.withUnsafeMutableElements {
        parts.append(
          Copies.Part(
            source: staging.values.baseAddress.map { UnsafePointer($0 + place.start) },
            target: $0.baseAddress, count: place.count))
      }
      parameters[place.name] = tensor
    }
    withExtendedLifetime(parameters) { Copies(parts).run() }
  }

  /// Values in this machine's memory as they were downloaded.
  ///
  /// - Parameter name: of a parameter.
  /// - Returns: a part of the memory that the next download writes.
  func downloaded(_ name: String) -> UnsafeMutableBufferPointer<Float> {
    guard let place = places.first(where: { $0.name == name }) else {
      preconditionFailure("\(name) is among the parameters")
    }
    return staging.values.extracting(place.start..<place.start + place.count)
  }

  /// Fetches everything for ``downloaded(_:)``.
  func fetch() throws(BackendError) {
    if context.isAccelerator { try context.copy(block, to: staging.tensor) }
  }

  /// Sets all values to zero.
  func clear() throws(BackendError) {
    try context.check("zero_", context.functions.zero(block.handle))
  }
}

/// Copies of memory that several threads share.
///
/// Unchecked because sources and targets do not overlap and outlive ``run()``.
private struct Copies: @unchecked Sendable {
  struct Part {
    var source: UnsafePointer<Float>?
    var target: UnsafeMutablePointer<Float>?
    var count: Int
  }

  /// Of at most a mebibyte each.
  private var parts: [Part] = []

  init(_ whole: [Part]) {
    let most = 1 << 18
    for part in whole {
      for start in stride(from: 0, to: part.count, by: most) {
        parts.append(
          Part(
            source: part.source.map { $0 + start }, target: part.target.map { $0 + start },
            count: min(most, part.count - start)))
      }
    }
  }

  func run() {
    if parts.count < 8 { return parts.indices.forEach(copy) }
    DispatchQueue.concurrentPerform(iterations: parts.count) { copy($0) }
  }

  private func copy(_ number: Int) {
    let part = parts[number]
    guard let source = part.source, let target = part.target else { return }
    target.update(from: source, count: part.count)
  }
}
