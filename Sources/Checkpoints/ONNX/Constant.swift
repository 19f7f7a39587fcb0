import Tensors

/// A tensor whose values are known while importing.
struct Constant {
  enum Elements {
    case floats(Tensor)
    case integers([Int])
  }

  var shape: [Int]
  var elements: Elements
  /// The initializer it is, unchanged.
  var name: String?

  var count: Int {
    switch elements {
    case .floats(let tensor): tensor.count
    case .integers(let integers): integers.count
    }
  }

  /// The tensor, if the elements are floating-point numbers.
  var floats: Tensor? {
    guard case .floats(let tensor) = elements else { return nil }
    return tensor
  }

  /// The elements, if they are integers.
  var integers: [Int]? {
    guard case .integers(let integers) = elements else { return nil }
    return integers
  }

  init(shape: [Int], integers: [Int]) {
    self.shape = shape
    elements = .integers(integers)
  }

  init(_ tensor: Tensor, name: String? = nil) {
    shape = tensor.shape
    elements = .floats(tensor)
    self.name = name
  }

  /// The same elements in the same order under another shape of as many elements.
  func reshaped(_ shape: [Int]) -> Constant {
    var result = self
    if case .floats(let tensor) = elements { result.elements = .floats(tensor.reshaped(shape)) }
    result.shape = shape
    return result
  }

  /// The elements at row-major positions, in that order.
  func selecting(_ positions: [Int], shape: [Int]) -> Constant {
    switch elements {
    case .floats(let tensor):
      Constant(Tensor(shape: shape, elements: positions.map { tensor[$0] }))
    case .integers(let integers):
      Constant(shape: shape, integers: positions.map { integers[$0] })
    }
  }
}

/// The element types of ONNX that the importer reads.
enum ElementType: Int32 {
  case float = 1
  case uint8 = 2
  case int8 = 3
  case int32 = 6
  case int64 = 7
  case bool = 9
  case float16 = 10
  case double = 11

  /// Bytes of an element in raw data.
  var size: Int {
    switch self {
    case .float, .int32: 4
    case .int64, .double: 8
    case .bool, .uint8, .int8: 1
    case .float16: 2
    }
  }

  var isFloatingPoint: Bool {
    switch self {
    case .float, .float16, .double: true
    case .int32, .int64, .bool, .uint8, .int8: false
    }
  }
}
