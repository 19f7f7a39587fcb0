public import Execution

/// One device or several, among which lanes are divided.
public struct TorchDevices: Hashable, Sendable, CustomStringConvertible {
  /// In the order in which lanes take them, at least one.
  public let all: [TorchDevice]

  /// The processor of this machine.
  public static let cpu = TorchDevices(all: [.cpu])

  private init(all: [TorchDevice]) { self.all = all }

  /// Reads devices of one kind, each once.
  ///
  /// - Parameter text: for example `cuda` or `cuda:0,cuda:1`.
  public init?(_ text: String) {
    let named = text.split(separator: ",", omittingEmptySubsequences: false).map { TorchDevice($0) }
    let all = named.compactMap { $0 }
    guard all.count == named.count, Set(all).count == all.count, Set(all.map(\.kind)).count == 1
    else { return nil }
    self.init(all: all)
  }

  /// The kind that they are of.
  public var kind: TorchDevice.Kind { all[0].kind }

  /// The memory of the one that has least, in bytes.
  ///
  /// - Returns: nil where the device is this machine's processor.
  /// - Throws: ``BackendError`` when there is no such device.
  public func memory() throws(BackendError) -> Int? {
    var least: Int?
    for device in all {
      guard let memory = try device.memory() else { return nil }
      least = min(least ?? memory, memory)
    }
    return least
  }

  /// For example `cuda:0,cuda:1`.
  public var description: String { all.map(\.description).joined(separator: ",") }
}
