internal import Synchronization

/// Which image is attacked next, and with which attack.
///
/// Attacks come in order, but a later one begins on the first survivors while the last images of an
/// earlier one are still in flight, so that batches stay full.
final class StageQueue: Sendable {
  /// An image's position and how many attacks it has behind it; the clean pass counts as the first.
  struct Item: Sendable {
    var position: Int
    var stage: Int
  }

  private struct State {
    var waiting: [[Int]]
    var next: [Int]
  }

  private let state: Mutex<State>

  /// Creates a queue.
  ///
  /// - Parameters:
  ///   - items: what waits at the beginning.
  ///   - stages: the number of attacks plus one.
  init(_ items: [Item], stages: Int) {
    var waiting = [[Int]](repeating: [], count: stages)
    for item in items { waiting[item.stage].append(item.position) }
    state = Mutex(State(waiting: waiting, next: [Int](repeating: 0, count: stages)))
  }

  /// Takes the next item: the earliest stage first, in order of arrival.
  func take() -> Item? {
    state.withLock { state in
      for stage in state.waiting.indices where state.next[stage] < state.waiting[stage].count {
        defer { state.next[stage] += 1 }
        return Item(position: state.waiting[stage][state.next[stage]], stage: stage)
      }
      return nil
    }
  }

  /// Lets an image wait for its next attack, if there is one.
  func put(_ item: Item) {
    state.withLock { state in
      if item.stage < state.waiting.count { state.waiting[item.stage].append(item.position) }
    }
  }
}
