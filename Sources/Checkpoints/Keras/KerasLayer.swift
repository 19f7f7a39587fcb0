import Files
import Graphs

/// One layer as a Keras file describes it.
struct KerasLayer {
  /// Unique in its model.
  var name: String
  /// The name of its class, for example `Conv2D`.
  var kind: String
  var config: JSONValue
  /// The names of the layers it reads.
  var inputs: [String]
  /// The file, for messages.
  var path: String
  /// The models inside of the model that hold it, outermost first.
  var scope: [String] = []
  /// Its name in the innermost of them.
  var ownName = ""
  /// What it and the models that hold it are called by class and number, outermost first.
  var places: [String] = []

  /// An error about this layer.
  ///
  /// - Parameter problem: expected, found, remedy.
  /// - Returns: the error, with file and layer.
  func error(_ problem: String) -> FileError {
    let remedy = problem.contains("ONNX") ? "" : "; export the model as ONNX"
    return FileError(path, "layer \(name)", problem: "\(kind) \(problem)\(remedy)")
  }

  func expect(_ condition: Bool, _ problem: @autoclosure () -> String) throws(FileError) {
    if !condition { throw error(problem()) }
  }

  /// A truth value, with Keras's default where the file leaves it out.
  func truth(_ field: String, default preset: Bool) throws(FileError) -> Bool {
    guard let value = config[field] else { return preset }
    guard let truth = value.truth else {
      throw error("has a \(field) that is neither true nor false")
    }
    return truth
  }

  /// A whole number within limits, with Keras's default where the file leaves it out.
  func integer(
    _ field: String, default preset: Int, within limits: ClosedRange<Int> = 1...4096
  ) throws(FileError) -> Int {
    guard let value = config[field] else { return preset }
    guard let number = value.integer, limits.contains(number) else {
      throw error("has a \(field) that is not from \(limits.lowerBound) to \(limits.upperBound)")
    }
    return number
  }

  /// A height and a width, given as two numbers or as one.
  func size(_ field: String, default preset: Size? = nil) throws(FileError) -> Size {
    guard let value = config[field] else {
      guard let preset else { throw error("has no \(field)") }
      return preset
    }
    let extents = value.integers ?? value.integer.map { [$0, $0] } ?? []
    guard extents.count == 2, extents.allSatisfy({ (1...4096).contains($0) }) else {
      throw error("has a \(field) that is not two numbers from 1 to 4096")
    }
    return Size(height: extents[0], width: extents[1])
  }

  /// Refuses channels in front of rows.
  func expectChannelsLast() throws(FileError) {
    let format = config["data_format"]?.text ?? "channels_last"
    try expect(format == "channels_last", "has data_format \(format); only channels_last is read")
  }
}

/// What stands around the image in front of a window.
enum KerasPadding: String {
  case valid
  case same

  /// TensorFlow's rule: enough for ⌈extent ÷ stride⌉ windows, the odd row or column behind.
  func padding(of shape: (height: Int, width: Int), kernel: Size, stride: Size) -> Padding {
    func total(_ extent: Int, _ kernel: Int, _ stride: Int) -> Int {
      let windows = (extent + stride - 1) / stride
      return max((windows - 1) * stride + kernel - extent, 0)
    }
    switch self {
    case .valid: return .none
    case .same:
      let rows = total(shape.height, kernel.height, stride.height)
      let columns = total(shape.width, kernel.width, stride.width)
      return Padding(
        top: rows / 2, left: columns / 2, bottom: rows - rows / 2, right: columns - columns / 2)
    }
  }
}

/// What is applied to a layer's output.
enum KerasActivation: String {
  case linear
  case relu
  case silu
  case softmax
  case sigmoid

  init?(name: String) {
    guard let known = Self(rawValue: name == "swish" ? "silu" : name) else { return nil }
    self = known
  }
}

extension KerasLayer {
  /// The padding rule of a window.
  func paddingRule() throws(FileError) -> KerasPadding {
    let name = config["padding"]?.text ?? "valid"
    guard let rule = KerasPadding(rawValue: name) else {
      throw error("has padding \(name); valid and same are read")
    }
    return rule
  }

  /// The activation, `linear` where the file names none.
  func activation() throws(FileError) -> KerasActivation {
    guard let value = config["activation"] else { return .linear }
    // Newer files describe an activation that is not built in as an object.
    let name = value.text ?? value["config"]?.text ?? value["class_name"]?.text ?? "of its own"
    guard let activation = KerasActivation(name: name) else {
      throw error(
        "has the activation \(name); linear, relu, silu and a final softmax or sigmoid are read")
    }
    return activation
  }
}
