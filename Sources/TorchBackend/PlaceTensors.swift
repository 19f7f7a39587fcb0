internal import Execution
internal import Graphs
internal import Tensors

/// Values at other places: which are taken, and which go back to each.
struct PlaceTensors {
  /// How many values there are to choose from.
  let count: Int
  /// For each value that is taken, its place.
  let forward: TorchTensor
  /// For each place, where its value went; behind the last where it did not.
  ///
  /// As many lists as a value is taken at most, so that sums are made in one order.
  let backward: [TorchTensor]

  init(_ places: [Int], from count: Int, on context: TorchContext) throws(BackendError) {
    self.count = count
    forward = try context.places(places)
    var lists: [[Int]] = []
    var uses = [Int](repeating: 0, count: count)
    for (target, place) in places.enumerated() {
      if uses[place] == lists.count {
        lists.append([Int](repeating: places.count, count: count))
      }
      lists[uses[place]][place] = target
      uses[place] += 1
    }
    var tensors: [TorchTensor] = []
    for list in lists { tensors.append(try context.places(list)) }
    backward = tensors
  }
}

extension TorchContext {
  /// Values along an axis.
  func taken(
    _ x: TorchTensor, axis: Int, _ places: TorchTensor
  ) throws(BackendError) -> TorchTensor {
    try operate("aten::index_select", [.tensor(x), .integer(axis), .tensor(places)])
  }

  /// The way back from values taken along the last axis.
  func returned(_ slope: TorchTensor, _ places: PlaceTensors, axis: Int) throws(BackendError)
    -> TorchTensor
  {
    let source = try padded(slope, [0, 1])
    var sum = try taken(source, axis: axis, places.backward[0])
    for list in places.backward.dropFirst() {
      sum = try self.sum(sum, try taken(source, axis: axis, list))
    }
    return sum
  }

  func permuted(_ x: TorchTensor, _ axes: [Int]) throws(BackendError) -> TorchTensor {
    try operate("aten::permute", [.tensor(x), .integers(axes)])
  }

  /// Sums over axes, in single precision.
  func total(_ x: TorchTensor, over axes: [Int]) throws(BackendError) -> TorchTensor {
    try operate(
      "aten::sum", "dim_IntList",
      [.tensor(x), .optionalIntegers(axes), .flag(false), .optionalInteger(Int(single))])
  }
}

/// Tables and rearrangements.
extension Layer {
  func tabled() throws(BackendError) -> (TorchTensor, Kept) {
    guard case .table(let values) = constants else {
      preconditionFailure("a table has its values")
    }
    let repeated = try context.operate(
      "aten::expand", [.tensor(values), .integers(sizes), .flag(false)])
    return (try context.arranged(repeated, sizes), .nothing)
  }

  func tabledBack(
    _ slope: TorchTensor, _ table: Table
  ) throws(BackendError) -> LayerGradients {
    if !isTrained { return LayerGradients(inputs: []) }
    let sum = try context.total(slope, over: [0])
    return LayerGradients(
      inputs: [],
      parameters: [table.order == .channelsLast ? try context.permuted(sum, [1, 2, 0]) : sum])
  }

  func rearranged(_ x: [TorchTensor]) throws(BackendError) -> (TorchTensor, Kept) {
    guard case .places(let places) = constants else {
      preconditionFailure("a rearrangement has its places")
    }
    var flat: [TorchTensor] = []
    for (tensor, shape) in zip(x, inputs) {
      flat.append(try context.reshaped(tensor, [batch, shape.count]))
    }
    let all = flat.count == 1 ? flat[0] : try context.concatenated(flat)
    return (try imaged(try context.taken(all, axis: 1, places.forward), output), .nothing)
  }

  func rearrangedBack(_ slope: TorchTensor) throws(BackendError) -> LayerGradients {
    guard case .places(let places) = constants else {
      preconditionFailure("a rearrangement has its places")
    }
    let all = try context.returned(
      try context.reshaped(slope, [batch, output.count]), places, axis: 1)
    var result = LayerGradients(inputs: [])
    var start = 0
    for shape in inputs {
      let part = try context.channels(all, from: start, count: shape.count)
      result.inputs.append(
        Cotangent(tensor: try imaged(part, shape), isOwned: false))
      start += shape.count
    }
    return result
  }

  /// Rows of values as maps in the device's order.
  func imaged(_ x: TorchTensor, _ shape: FeatureShape) throws(BackendError) -> TorchTensor {
    let result = try context.reshaped(x, sizes(shape))
    return context.isAccelerator ? try context.arranged(result, sizes(shape)) : result
  }
}
