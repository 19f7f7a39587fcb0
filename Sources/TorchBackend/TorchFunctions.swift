internal import Execution
import Foundation

/// A tensor of the library, owned by whoever was given it.
typealias Handle = OpaquePointer
/// Extents, strides and other lists of 64-bit numbers.
typealias Integers = UnsafePointer<Int64>
/// Where a function puts the tensor that it makes.
typealias HandleOut = UnsafeMutablePointer<Handle?>

/// The functions of PyTorch's C interface that the backend calls, found by name at run time.
///
/// Those that return `Int32` return 0 unless they fail. Unchecked because C functions are pointers
/// to code.
final class TorchFunctions: @unchecked Sendable {
  typealias Number = @convention(c) () -> Int32
  typealias Unary = @convention(c) (Handle?) -> Int32

  let abiVersion: @convention(c) () -> UInt64
  let typeOfCPU: Number
  let typeOfCUDA: Number
  let int64: Number
  let float32: Number
  let float16: Number
  let bfloat16: Number
  let setGradientMode: @convention(c) (Bool) -> Void
  let threadCount: @convention(c) (UnsafeMutablePointer<UInt32>) -> Int32

  let deleteTensor: Unary
  let zero: Unary
  let newHandle: @convention(c) (Handle?, HandleOut) -> Int32
  let address: @convention(c) (Handle?, UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Int32
  let empty: @convention(c) (Int64, Integers?, Integers?, Int32, Int32, Int32, HandleOut) -> Int32
  let emptyPinned:
    @convention(c) (Int64, Integers?, Integers?, Int32, Int32, Int32, HandleOut) -> Int32
  let view: @convention(c) (Handle?, Int64, Integers?, Integers?, Int64, HandleOut) -> Int32
  let copy: @convention(c) (Handle?, Handle?, Int32) -> Int32

  let call:
    @convention(c) (
      UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafeMutablePointer<UInt64>?, UInt64
    ) -> Int32
  let newList: @convention(c) (Int, UnsafeMutablePointer<OpaquePointer?>) -> Int32
  let newString:
    @convention(c) (UnsafePointer<CChar>?, Int, UnsafeMutablePointer<OpaquePointer?>) -> Int32
  let append: @convention(c) (OpaquePointer?, UInt64) -> Int32

  /// The sum of a tensor and a multiple of another.
  let add: @convention(c) (Handle?, Handle?, Double, HandleOut) -> Int32
  let concatenate: @convention(c) (UnsafePointer<Handle?>?, Int64, Int64, HandleOut) -> Int32
  let pad:
    @convention(c) (
      Handle?, Integers?, Int64, UnsafePointer<CChar>?, UnsafeMutablePointer<Double>?, HandleOut
    ) -> Int32

  /// Finds them in the libraries that a handle leads to.
  ///
  /// - Parameters:
  ///   - symbols: the library.
  ///   - kind: `cpu` or `cuda`, part of some names.
  /// - Throws: ``BackendError`` with the name of what is missing.
  init(_ symbols: SymbolTable, kind: String) throws(BackendError) {
    abiVersion = try symbols.function("aoti_torch_abi_version")
    typeOfCPU = try symbols.function("aoti_torch_device_type_cpu")
    typeOfCUDA = try symbols.function("aoti_torch_device_type_cuda")
    int64 = try symbols.function("aoti_torch_dtype_int64")
    float32 = try symbols.function("aoti_torch_dtype_float32")
    float16 = try symbols.function("aoti_torch_dtype_float16")
    bfloat16 = try symbols.function("aoti_torch_dtype_bfloat16")
    setGradientMode = try symbols.function("aoti_torch_grad_mode_set_enabled")
    threadCount = try symbols.function("torch_get_num_threads")
    deleteTensor = try symbols.function("aoti_torch_delete_tensor_object")
    zero = try symbols.function("aoti_torch_zero_")
    newHandle = try symbols.function("aoti_torch_new_tensor_handle")
    address = try symbols.function("aoti_torch_get_data_ptr")
    empty = try symbols.function("aoti_torch_empty_strided")
    emptyPinned = try symbols.function("aoti_torch_empty_strided_pinned")
    view = try symbols.function("aoti_torch__reinterpret_tensor")
    copy = try symbols.function("aoti_torch_copy_")
    call = try symbols.function("torch_call_dispatcher")
    newList = try symbols.function("torch_new_list_reserve_size")
    newString = try symbols.function("torch_new_string_handle")
    append = try symbols.function("torch_list_push_back")
    add = try symbols.function("aoti_torch_\(kind)_add_Tensor")
    concatenate = try symbols.function("aoti_torch_\(kind)_cat")
    pad = try symbols.function("aoti_torch_\(kind)_pad")
  }
}

/// What a loaded library exports.
struct SymbolTable: @unchecked Sendable {
  /// From `dlopen`.
  let library: UnsafeMutableRawPointer
  /// For messages.
  let path: String

  /// A function by name.
  ///
  /// - Parameter name: in C, or as C++ writes it in object files.
  /// - Returns: the function as the type that is asked for.
  /// - Throws: ``BackendError`` when there is none.
  func function<Function>(_ name: String) throws(BackendError) -> Function {
    guard let symbol = dlsym(library, name) else {
      throw BackendError(
        place: path,
        problem: "does not have the function \(name); robeval needs PyTorch 2.10 or later")
    }
    return unsafeBitCast(symbol, to: Function.self)
  }
}
