public import Files
import FoundationEssentials
public import Graphs
import SwiftProtobuf
import Tensors

extension ONNXFile {
  /// Writes a network as ONNX, opset 17: input `x` of a free batch, output `logits`.
  ///
  /// - Parameters:
  ///   - model: the network, which takes pixels in [0, 1].
  ///   - path: where the file appears.
  /// - Throws: `FileError` when shapes do not fit, or the file would exceed protobuf's 2 GiB.
  public static func write(_ model: Model, to path: String) throws(FileError) {
    try AtomicFile.write(try bytes(of: model, path: path), to: path)
  }

  private static func bytes(of model: Model, path: String) throws(FileError) -> [UInt8] {
    let parameters = model.parameters.values.reduce(0) { $0 + 4 * $1.count }
    guard parameters < Int(Int32.max) - 1 << 24 else {
      throw FileError(
        path, kind: .unwritable,
        problem: "would have \(parameters) bytes; ONNX holds 2 GiB, so export to safetensors")
    }
    do {
      return try GraphExporter(model).file.serializedBytes()
    } catch {
      throw FileError(path, kind: .unwritable, problem: "cannot be written: \(error)")
    }
  }
}
