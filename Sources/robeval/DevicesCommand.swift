import ArgumentParser
import CommandLineSupport
import TorchBackend

/// Lists what `--backend torch` can compute on.
struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices", abstract: "Lists the devices that --backend torch can compute on.")

  func run() throws {
    let installed = try TorchInstallation.found()
    try StandardOutput.writeLine("PyTorch \(installed.version) in \(installed.libraries)")
    try StandardOutput.writeLine("cpu     this machine's processor, \(installed.processor)")
    for (number, accelerator) in installed.accelerators.enumerated() {
      let memory = accelerator.memory >> 30
      try StandardOutput.writeLine("cuda:\(number)  \(accelerator.name), \(memory) GiB")
    }
    if let reason = installed.whyNoAccelerator { try StandardOutput.writeLine(reason) }
  }
}
