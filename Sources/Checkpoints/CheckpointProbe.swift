import Files
import Graphs
import Tensors

/// Looks into a file of any kind and never fails: for tests with damaged files.
public enum CheckpointProbe {
  /// One line about a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - onnx: reads a file guessed to be ONNX, and describes what it found.
  /// - Returns: what it holds after `ok`, or what is wrong with it after the exit status.
  public static func inspect(
    _ path: String, onnx: (_ path: String) throws -> String = { _ in "onnx" }
  ) -> String {
    do {
      switch try CheckpointFile.kind(of: path) {
      case .hdf5: return "ok " + (try describeHDF5(path))
      case .pytorchZip where try KerasArchive.isPresent(at: path):
        return "ok keras \(try ModelReader.read(path).model.parameters.count)"
      case .pytorchZip, .pytorchLegacy:
        let tensors = try PyTorchFile.read(path)
        return "ok pytorch \(tensors.count) \(tensors.reduce(0) { $0 + $1.tensor.count })"
      case .safetensors:
        let file = try SafetensorsFile.read(path)
        if file.metadata["graph"] != nil {
          let checkpoint = try ModelReader.read(path)
          return "ok checkpoint \(checkpoint.architecture) \(checkpoint.model.parameters.count)"
        }
        let tensors = file.tensors
        return "ok safetensors \(tensors.count) \(tensors.reduce(0) { $0 + $1.tensor.count })"
      case .onnx: return "ok " + (try onnx(path))
      case .unknown: throw FileError(path, problem: "is of no known kind")
      }
    } catch {
      return "\((error as? FileError)?.exitCode ?? 65) \(error)"
    }
  }

  /// Reads a checkpoint, or every dataset of another HDF5 file.
  private static func describeHDF5(_ path: String) throws(FileError) -> String {
    let file = try HDF5File(reading: path)
    if try file.kind(of: "parameters") != nil {
      let checkpoint = try Checkpoint.readHDF5(path)
      return "checkpoint \(checkpoint.architecture) \(checkpoint.model.parameters.count)"
    }
    if try KerasWeights.isPresent(in: file) {
      return "keras \(try KerasFile.read(path).model.parameters.count)"
    }
    var count = 0
    let names = try file.datasets()
    for name in names {
      switch try file.description(of: name).elements {
      case .float, .integer: count += try file.tensor(name).count
      case .text, .variableText: count += try file.strings(name).count
      case .other: continue
      }
    }
    return "hdf5 \(names.count) \(count)"
  }
}
