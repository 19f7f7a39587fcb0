internal import Execution
internal import Glibc

/// Open MPI, loaded where a process was started by it; a machine without it needs none.
///
/// Unchecked because functions and handles never change; who calls them is ``MPIRanks``' concern.
struct MPILibrary: @unchecked Sendable {
  typealias Handle = UnsafeMutableRawPointer
  typealias Status = Int32

  typealias Initialize =
    @convention(c) (
      UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<Int32>
    ) -> Status
  typealias Finalize = @convention(c) () -> Status
  typealias SetErrorHandler = @convention(c) (Handle, Handle) -> Status
  typealias Inquiry = @convention(c) (Handle, UnsafeMutablePointer<Int32>) -> Status
  /// `MPI_Iallgather` and `MPI_Ialltoall`.
  typealias BeginCollective =
    @convention(c) (
      UnsafeRawPointer?, Int32, Handle, UnsafeMutableRawPointer?, Int32, Handle, Handle,
      UnsafeMutablePointer<Handle?>
    ) -> Status
  typealias BeginGatherOfLengths =
    @convention(c) (
      UnsafeRawPointer?, Int32, Handle, UnsafeMutableRawPointer?, UnsafePointer<Int32>,
      UnsafePointer<Int32>, Handle, Handle, UnsafeMutablePointer<Handle?>
    ) -> Status
  typealias Test =
    @convention(c) (
      UnsafeMutablePointer<Handle?>, UnsafeMutablePointer<Int32>, UnsafeMutableRawPointer?
    ) -> Status

  let initialize: Initialize
  let finalize: Finalize
  let setErrorHandler: SetErrorHandler
  let rank: Inquiry
  let size: Inquiry
  let beginGather: BeginCollective
  let beginGatherOfLengths: BeginGatherOfLengths
  let beginTransposition: BeginCollective
  let test: Test
  /// `MPI_COMM_WORLD`, `MPI_ERRORS_RETURN`, `MPI_BYTE` and `MPI_FLOAT`: addresses in the library.
  let world: Handle, errorsReturn: Handle, byte: Handle, float: Handle

  /// What Open MPI 3 to 5 are called.
  private static let names = ["libmpi.so.40", "libmpi.so"]

  /// Loads the library.
  ///
  /// - Throws: ``BackendError`` when it is not there, or another implementation of the standard is.
  init() throws(BackendError) {
    guard let library = Self.names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_GLOBAL) }).first
    else {
      throw BackendError(
        place: "MPI",
        problem: "this process was started as one of several, but \(Self.names[0]) cannot be "
          + "loaded; install libopenmpi-dev on every machine")
    }
    func address(_ name: String) throws(BackendError) -> Handle {
      if let symbol = dlsym(library, name) { return symbol }
      throw BackendError(
        place: "MPI",
        problem: "the library has no \(name), so it is not Open MPI; start with Open MPI's mpirun")
    }
    func function<Function>(_ name: String, _ type: Function.Type) throws(BackendError) -> Function
    {
      unsafeBitCast(try address(name), to: type)
    }
    world = try address("ompi_mpi_comm_world")
    errorsReturn = try address("ompi_mpi_errors_return")
    byte = try address("ompi_mpi_byte")
    float = try address("ompi_mpi_float")
    initialize = try function("MPI_Init_thread", Initialize.self)
    finalize = try function("MPI_Finalize", Finalize.self)
    setErrorHandler = try function("MPI_Comm_set_errhandler", SetErrorHandler.self)
    rank = try function("MPI_Comm_rank", Inquiry.self)
    size = try function("MPI_Comm_size", Inquiry.self)
    beginGather = try function("MPI_Iallgather", BeginCollective.self)
    beginGatherOfLengths = try function("MPI_Iallgatherv", BeginGatherOfLengths.self)
    beginTransposition = try function("MPI_Ialltoall", BeginCollective.self)
    test = try function("MPI_Test", Test.self)
  }
}
