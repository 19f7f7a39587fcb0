public import Execution

/// The installed library and what it can compute on.
public struct TorchInstallation: Sendable {
  /// An accelerator.
  public struct Accelerator: Sendable, Hashable {
    /// As its driver calls it.
    public var name: String
    /// In bytes.
    public var memory: Int
  }

  /// For example `2.11.0+cu130`.
  public var version: String
  /// The folder of its libraries.
  public var libraries: String
  /// The vectors of this machine's processor.
  public var processor: String
  /// In the order of their numbers.
  public var accelerators: [Accelerator]
  /// A sentence, where there is none.
  public var whyNoAccelerator: String?

  /// Finds the library, loads it, and asks the driver.
  ///
  /// - Returns: what is there.
  /// - Throws: ``BackendError`` when there is no library or it is too old.
  public static func found() throws(BackendError) -> TorchInstallation {
    let library = try TorchLibrary.load(for: .cpu, precision: .float32)
    var installed = TorchInstallation(
      version: library.version, libraries: try TorchLocation.found().libraries,
      processor: Processor.vectors, accelerators: [])
    do throws(BackendError) {
      installed.accelerators = try CUDADriver.devices().map {
        Accelerator(name: $0.name, memory: $0.memory)
      }
    } catch { installed.whyNoAccelerator = "no accelerator: \(error)" }
    return installed
  }
}
