public import Execution
internal import Foundation

/// The processes that Open MPI started together.
///
/// Sums are taken by us, in the order of ranks, because the order within `MPI_Allreduce` is nobody's
/// promise. Waiting for others sleeps between two looks: ranks that share a processor, or a thread
/// that computes, need it more.
public final class MPIRanks: Ranks {
  /// Which of them this process is, from 0.
  public let number: Int
  /// How many there are.
  public let count: Int

  private let library: MPILibrary
  private let thread = RankThread()
  private let patience = RankStart.patience(
    in: ProcessInfo.processInfo.environment)
  private let mustEnd: @Sendable () -> Bool
  private let lost: @Sendable (_ problem: String) -> Never

  /// Meets the other processes.
  ///
  /// - Parameters:
  ///   - mustEnd: whether this process was told to end, as all are where one is lost.
  ///   - lost: ends the process, because another is gone.
  /// - Throws: ``BackendError`` when there is no Open MPI or it cannot begin.
  ///
  /// Calls `MPI_Init_thread`, `MPI_Comm_set_errhandler`, `MPI_Comm_rank` and `MPI_Comm_size`.
  public init(
    mustEnd: @escaping @Sendable () -> Bool, lost: @escaping @Sendable (String) -> Never
  ) throws(BackendError) {
    let library = try MPILibrary()
    let begun = thread.run { () -> (status: Int32, number: Int32, count: Int32) in
      // MPI_THREAD_FUNNELED: only the thread that initialises the library calls it.
      var (provided, number, count) = (Int32(0), Int32(0), Int32(0))
      var status = library.initialize(nil, nil, 1, &provided)
      if status == 0 { status = library.setErrorHandler(library.world, library.errorsReturn) }
      if status == 0 { status = library.rank(library.world, &number) }
      if status == 0 { status = library.size(library.world, &count) }
      return (status, number, count)
    }
    guard begun.status == 0 else {
      throw BackendError(place: "MPI", problem: "cannot begin, status \(begun.status)")
    }
    self.library = library
    number = Int(begun.number)
    count = Int(begun.count)
    self.mustEnd = mustEnd
    self.lost = lost
  }

  /// Says good-bye to the other processes, which must do so too.
  ///
  /// Calls `MPI_Finalize`.
  public func finish() {
    let library = library
    thread.run { _ = library.finalize() }
  }

  /// Hands bytes to all ranks.
  ///
  /// - Parameter bytes: this rank's; the length may be another on every rank.
  /// - Returns: everyone's, in the order of ranks.
  ///
  /// Calls `MPI_Iallgather` for the lengths and `MPI_Iallgatherv` for the bytes.
  public func exchange(_ bytes: [UInt8]) -> [[UInt8]] {
    thread.run { [self] in
      let lengths = gathered(Int32(bytes.count))
      var starts: [Int32] = []
      var end: Int32 = 0
      for length in lengths {
        starts.append(end)
        end += length
      }
      var all = [UInt8](repeating: 0, count: Int(end))
      bytes.withUnsafeBytes { own in
        all.withUnsafeMutableBytes { all in
          wait { request in
            library.beginGatherOfLengths(
              own.baseAddress, Int32(own.count), library.byte, all.baseAddress, lengths, starts,
              library.byte, library.world, request)
          }
        }
      }
      return zip(starts, lengths).map { Array(all[Int($0)..<Int($0 + $1)]) }
    }
  }

  private func gathered(_ length: Int32) -> [Int32] {
    let own = [length]
    var lengths = [Int32](repeating: 0, count: count)
    let size = Int32(MemoryLayout<Int32>.size)
    own.withUnsafeBytes { own in
      lengths.withUnsafeMutableBytes { lengths in
        wait { request in
          library.beginGather(
            own.baseAddress, size, library.byte, lengths.baseAddress, size, library.byte,
            library.world, request)
        }
      }
    }
    return lengths
  }

  /// Begins to add numbers up, in the order of ranks: every rank a part of them, for all.
  ///
  /// - Parameter values: this rank's summands, as many on every rank.
  /// - Returns: waits for the sums; asked once.
  ///
  /// Calls `MPI_Ialltoall` and `MPI_Iallgather`.
  public func beginSum(of values: [Float]) -> () -> [Float] {
    let answer = Answer<[Float]>()
    thread.begin { [self] in answer.give(summed(values)) }
    return { answer.wait() }
  }

  private func summed(_ values: [Float]) -> [Float] {
    let part = (values.count + count - 1) / count
    let length = Int32(part)
    var own = values
    own.append(contentsOf: repeatElement(0, count: part * count - values.count))
    var others = [Float](repeating: 0, count: part * count)
    own.withUnsafeBytes { own in
      others.withUnsafeMutableBytes { others in
        wait { request in
          library.beginTransposition(
            own.baseAddress, length, library.float, others.baseAddress, length, library.float,
            library.world, request)
        }
      }
    }
    var sums = Array(others.prefix(part))
    for rank in 1..<count {
      for place in 0..<part { sums[place] += others[rank * part + place] }
    }
    sums.withUnsafeBytes { sums in
      own.withUnsafeMutableBytes { all in
        wait { request in
          library.beginGather(
            sums.baseAddress, length, library.float, all.baseAddress, length, library.float,
            library.world, request)
        }
      }
    }
    own.removeLast(own.count - values.count)
    return own
  }

  /// Begins something and waits for its end.
  private func wait(_ begin: (UnsafeMutablePointer<MPILibrary.Handle?>) -> Int32) {
    var request: MPILibrary.Handle?
    var (status, isDone) = (begin(&request), Int32(0))
    var toldToEnd: ContinuousClock.Instant?
    var looks = 0
    while status == 0 {
      status = library.test(&request, &isDone, nil)
      if isDone != 0 || status != 0 { break }
      looks += 1
      if looks > 100 { usleep(looks > 1000 ? 1000 : 50) }
      guard looks.isMultiple(of: 50), mustEnd() else { continue }
      let since = toldToEnd ?? .now
      toldToEnd = since
      if ContinuousClock.now - since > .seconds(patience) {
        lost("another rank no longer answers")
      }
    }
    if status != 0 { lost("a message to another rank failed, status \(status)") }
  }
}
