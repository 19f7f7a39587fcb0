/// What one step does with buffers, which are given by number.
package struct Accesses: Sendable {
  /// A buffer in the place of another: one of the step's readings of that allows it.
  package struct Overwriting: Hashable, Sendable {
    /// What is read, and must not be read by any later step.
    package var source: Int
    /// What is written.
    package var target: Int

    /// Names the two.
    package init(of source: Int, by target: Int) {
      self.source = source
      self.target = target
    }
  }

  /// What is read; what is changed in place is also written.
  package var reads: [Int] = []
  /// What is written.
  package var writes: [Int] = []
  /// Where the kernel can write nowhere else, as it adds to what it finds.
  package var required: [Overwriting] = []
  /// Where the kernel may write if nothing else is needed there, the best place first.
  package var possible: [Overwriting] = []

  /// Starts with a step that touches nothing.
  package init() {}

  /// Whether all of the step's readings allow it, so that none finds what was written already.
  fileprivate func allows(_ overwriting: Overwriting) -> Bool {
    reads.count { $0 == overwriting.source }
      == (required + possible).count { $0 == overwriting }
  }
}

/// When buffers live and which of them lie where another lay, derived from what steps do.
///
/// A buffer is one value: a step that makes another value of it writes another buffer, in the same
/// place if that is free by then.
package struct Lifetimes: Sendable {
  /// From the step that first writes a buffer to the last that needs it, or, for what is needed
  /// after all steps, their number; nil for a buffer that no step touches.
  package private(set) var lives: [ClosedRange<Int>?]
  /// The buffer in whose place each lies: itself unless it overwrites another.
  package private(set) var places: [Int]
  /// What would have to be overwritten although it is needed later.
  package private(set) var conflicts: [Accesses.Overwriting] = []

  /// Derives lives and places.
  ///
  /// - Parameters:
  ///   - steps: in the order in which they run.
  ///   - buffers: how many there are.
  ///   - start: the first of the steps that may run again and again on what those before them left;
  ///     nil if all run in turn.
  /// - Precondition: every buffer is written before it is read, and steps that run again write
  ///   nothing that was written before them. O(steps + buffers).
  package init(of steps: [Accesses], buffers: Int, repeatedFrom start: Int? = nil) {
    lives = [ClosedRange<Int>?](repeating: nil, count: buffers)
    places = Array(0..<buffers)
    for (position, step) in steps.enumerated() { touch(step, at: position) }
    if let start { keepForRepetitions(of: steps[start...], end: steps.count) }
    overwrite(steps)
  }

  /// Lives in which nothing shares memory but where kernels can do no other: what results are
  /// compared with.
  ///
  /// - Parameters:
  ///   - steps: in the order in which they run.
  ///   - buffers: how many there are.
  package init(separating steps: [Accesses], buffers: Int) {
    let bound = steps.map { step in
      var step = step
      step.possible = step.possible.filter(step.required.contains)
      return step
    }
    self.init(of: bound, buffers: buffers)
    lives = lives.map { $0.map { _ in 0...steps.count } }
  }

  private mutating func touch(_ step: Accesses, at position: Int) {
    for buffer in step.reads {
      guard let life = lives[buffer] else {
        preconditionFailure("buffer \(buffer) is read in step \(position) before it is written")
      }
      lives[buffer] = life.lowerBound...position
    }
    for buffer in step.writes {
      lives[buffer] = (lives[buffer]?.lowerBound ?? position)...position
    }
  }

  /// Lets what steps find when they begin anew live to the end.
  private mutating func keepForRepetitions(of steps: ArraySlice<Accesses>, end: Int) {
    for step in steps {
      for buffer in step.reads {
        guard let birth = lives[buffer]?.lowerBound, birth < steps.startIndex else { continue }
        lives[buffer] = birth...end
      }
    }
    for buffer in steps.flatMap(\.writes) {
      let isTheirOwn = lives[buffer].map { $0.lowerBound >= steps.startIndex } ?? false
      precondition(isTheirOwn, "buffer \(buffer) would be changed for the next repetition")
    }
  }

  /// Lets buffers take the places of those that end where they begin.
  private mutating func overwrite(_ steps: [Accesses]) {
    var vacated: Set<Int> = []
    for (position, step) in steps.enumerated() {
      for overwriting in step.required + step.possible {
        let (source, target) = (overwriting.source, overwriting.target)
        let isBorn = lives[target]?.lowerBound == position && places[target] == target
        let ends = lives[source]?.upperBound == position
        if isBorn, ends, step.allows(overwriting), vacated.insert(source).inserted {
          places[target] = places[source]
        }
      }
      conflicts += step.required.filter { places[$0.target] != places[$0.source] }
    }
  }
}
