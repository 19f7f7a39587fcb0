/// Anything a pickle can hold that a checkpoint needs.
///
/// Containers are numbers into the ``PickleHeap``: shared and circular references cost nothing and
/// nothing is released recursively.
enum PickleValue {
  /// Marks where the operands of a later instruction begin.
  case mark
  case none
  case truth(Bool)
  case integer(Int)
  /// A whole number beyond 64 bits, or bytes: legal, and of no use to a checkpoint.
  case unused
  case real(Double)
  case text(String)
  case global(PickleGlobal)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case storage(Int)
  case tensor(Int)
}

/// The names a pickle may refer to; all others are refused.
enum PickleGlobal: Hashable {
  case orderedDictionary
  case rebuildTensor
  case rebuildTensorV2
  case rebuildParameter
  case storage(StorageElement)

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensorV2
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", let name):
      guard let element = StorageElement(rawValue: name) else { return nil }
      self = .storage(element)
    default: return nil
    }
  }
}

/// The types of numbers PyTorch stores, by the names of its storage classes.
enum StorageElement: String {
  case float32 = "FloatStorage"
  case float64 = "DoubleStorage"
  case float16 = "HalfStorage"
  case bfloat16 = "BFloat16Storage"
  case int64 = "LongStorage"
  case int32 = "IntStorage"
  case int16 = "ShortStorage"
  case int8 = "CharStorage"
  case uint8 = "ByteStorage"
  case bool = "BoolStorage"

  /// Whether its numbers are whole.
  var isInteger: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: false
    case .int64, .int32, .int16, .int8, .uint8, .bool: true
    }
  }

  /// The size of one number.
  var bytes: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }
}

/// A reference to a storage: numbers kept outside the pickle under a key.
struct StorageReference {
  var element: StorageElement
  var key: String
  /// The part of the storage meant, in elements, where it is only a part.
  var part: (offset: Int, count: Int)?
}

/// A tensor as a view of a storage, in elements.
struct TensorView {
  var storage: StorageReference
  var offset: Int
  var shape: [Int]
  var strides: [Int]
}

/// The containers made by one pickle.
struct PickleHeap {
  /// The elements of tuples and lists.
  var sequences: [[PickleValue]] = []
  /// The entries of dictionaries, in order of insertion.
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [StorageReference] = []
  var tensors: [TensorView] = []
}
