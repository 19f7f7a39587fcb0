internal import Foundation

/// The elements of many tensors in blocks that threads share.
///
/// Every element is computed as it would be alone, so that bits do not depend on the threads.
struct ElementBlocks {
  private struct Block {
    var tensor: Int
    var elements: Range<Int>
  }

  /// A mebibyte of single precision: work for about as long as a thread takes to start.
  private static let most = 1 << 18

  private let blocks: [Block]

  /// Divides tensors into blocks.
  ///
  /// - Parameter counts: how many elements each tensor has.
  init(of counts: [Int]) {
    blocks = counts.enumerated().flatMap { tensor, count in
      stride(from: 0, to: count, by: Self.most).map {
        Block(tensor: tensor, elements: $0..<min($0 + Self.most, count))
      }
    }
  }

  /// Takes every tensor as one block.
  ///
  /// - Parameter counts: how many elements each tensor has.
  init(whole counts: [Int]) {
    blocks = counts.enumerated().map { Block(tensor: $0, elements: 0..<$1) }
  }

  /// Works on every block once.
  ///
  /// - Parameters:
  ///   - threads: how many may work at once.
  ///   - work: given a tensor's number and the elements; called on several threads at once.
  func forEach(threads: Int, _ work: (Int, Range<Int>) -> Void) {
    let workers = min(threads, blocks.count)
    if workers < 2 { return blocks.forEach { work($0.tensor, $0.elements) } }
    withoutActuallyEscaping(work) { work in
      let shared = SharedWork(work: work)
      let blocks = blocks
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        for position in stride(from: worker, to: blocks.count, by: workers) {
          shared.work(blocks[position].tensor, blocks[position].elements)
        }
      }
    }
  }
}

/// Unchecked because blocks do not overlap and the caller waits for all of them.
private struct SharedWork: @unchecked Sendable {
  let work: (Int, Range<Int>) -> Void
}
