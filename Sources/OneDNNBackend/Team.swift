internal import CKernels
internal import COneDNN

/// The threads that share one kernel call, the same ones that run oneDNN's primitives.
struct Team {
  let threads: Int

  /// Some images of a batch.
  struct Part {
    /// Their extents.
    var shape: kernels_shape
    /// The first of them.
    var image: Int
    /// Which of the threads works on it.
    var number = 0

    /// Where their pixels begin, and the bits of their masks.
    var pixels: Int { image * shape.blocks * shape.area }
    /// Where their values begin.
    var values: Int { pixels * 16 }
    /// Where their rows of per-channel values begin.
    var rows: Int { image * shape.blocks * 16 }
  }

  private struct Job {
    let shape: kernels_shape
    let parts: Int
    let body: (Part) -> Void

    func run(_ number: Int) {
      let images = number * shape.images / parts..<(number + 1) * shape.images / parts
      if images.isEmpty { return }
      var share = shape
      share.images = images.count
      body(Part(shape: share, image: images.lowerBound, number: number))
    }
  }

  /// Deals the images out, one part a thread.
  ///
  /// - Parameters:
  ///   - shape: of the whole batch.
  ///   - body: works on a part; it runs in several threads at once. Calls `GOMP_parallel`.
  func run(_ shape: kernels_shape, _ body: (Part) -> Void) {
    if threads == 1 { return body(Part(shape: shape, image: 0)) }
    withoutActuallyEscaping(body) { body in
      var job = Job(shape: shape, parts: threads, body: body)
      withUnsafeMutablePointer(to: &job) { job in
        GOMP_parallel(
          { $0?.assumingMemoryBound(to: Job.self).pointee.run(Int(omp_get_thread_num())) },
          job, UInt32(threads), 0)
      }
    }
  }
}
