/// Anything a pickle can hold.
///
/// Containers are numbers into the ``PickleHeap``: shared and circular references cost nothing and
/// nothing is released recursively.
package enum PickleValue {
  /// Marks where the operands of a later instruction begin.
  case mark
  case none
  case truth(Bool)
  case integer(Int)
  /// A whole number beyond 64 bits and the like: legal, and of no use here.
  case unused
  case real(Double)
  case text(String)
  /// Bytes, or a text of Python 2 that is long or not UTF-8.
  case bytes(Int)
  case global(PickleGlobal)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case storage(Int)
  case tensor(Int)
  /// What a call would make; see ``PickleObject``.
  case object(Int)
}

/// A call that a pickle asks for and that is never made: what is called, and what it is given.
package struct PickleObject {
  /// Module and name of the function or class, for instance `argparse.Namespace`.
  package var function: String
  package var arguments: [PickleValue]
  /// What the object would be told afterwards.
  package var state: PickleValue?
  /// What would be stored in it, if it is a kind of dictionary.
  package var entries: [(key: PickleValue, value: PickleValue)] = []
}

/// The names a pickle may refer to.
package enum PickleGlobal: Hashable {
  case orderedDictionary
  case defaultDictionary
  case rebuildTensor
  case rebuildTensorV2
  case rebuildParameter
  case storage(StorageElement)
  /// Anything else: a name with its module.
  case other(String)

  init(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("collections", "defaultdict"): self = .defaultDictionary
    case ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensorV2
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
      self = .rebuildParameter
    case ("torch", let name):
      self = StorageElement(rawValue: name).map { .storage($0) } ?? .other("torch." + name)
    default: self = .other(module + "." + name)
    }
  }

  /// Its name, where it is called without being known.
  package var name: String {
    switch self {
    case .orderedDictionary: "collections.OrderedDict"
    case .defaultDictionary: "collections.defaultdict"
    case .rebuildTensor: "torch._utils._rebuild_tensor"
    case .rebuildTensorV2: "torch._utils._rebuild_tensor_v2"
    case .rebuildParameter: "torch._utils._rebuild_parameter"
    case .storage(let element): "torch." + element.rawValue
    case .other(let name): name
    }
  }
}

/// The types of numbers PyTorch stores, by the names of its storage classes.
package enum StorageElement: String {
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
  package var isInteger: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: false
    case .int64, .int32, .int16, .int8, .uint8, .bool: true
    }
  }

  /// The size of one number.
  package var bytes: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }
}

/// A reference to a storage: numbers kept outside the pickle under a key.
package struct StorageReference {
  package var element: StorageElement
  package var key: String
  /// The part of the storage meant, in elements, where it is only a part.
  package var part: (offset: Int, count: Int)?

  package init(element: StorageElement, key: String) {
    self.element = element
    self.key = key
  }
}

/// A tensor as a view of a storage, in elements.
package struct TensorView {
  package var storage: StorageReference
  package var offset: Int
  package var shape: [Int]
  package var strides: [Int]

  package init(storage: StorageReference, offset: Int, shape: [Int], strides: [Int]) {
    self.storage = storage
    self.offset = offset
    self.shape = shape
    self.strides = strides
  }
}

/// The containers made by one pickle.
package struct PickleHeap {
  /// The elements of tuples and lists.
  package var sequences: [[PickleValue]] = []
  /// The entries of dictionaries, in order of insertion.
  package var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  package var storages: [StorageReference] = []
  package var tensors: [TensorView] = []
  package var objects: [PickleObject] = []
  /// Parts of the file.
  package var blobs: [ArraySlice<UInt8>] = []
}
