import Testing

@testable import Evaluation

@Suite struct StageQueueTests {
  @Test func anEarlierAttackIsServedFirstAndImagesInOrder() {
    let queue = StageQueue(
      [
        .init(position: 7, stage: 1), .init(position: 3, stage: 0), .init(position: 9, stage: 0),
        .init(position: 1, stage: 2),
      ], stages: 3)
    var taken: [Int] = []
    while let item = queue.take() { taken.append(item.position) }
    #expect(taken == [3, 9, 7, 1])
  }

  @Test func aSurvivorWaitsForItsNextAttackAndLeavesAfterTheLast() {
    let queue = StageQueue([.init(position: 5, stage: 0)], stages: 2)
    #expect(queue.take()?.stage == 0)
    #expect(queue.take() == nil)
    queue.put(.init(position: 5, stage: 1))
    #expect(queue.take()?.stage == 1)
    queue.put(.init(position: 5, stage: 2))
    #expect(queue.take() == nil)
  }

  @Test func everyItemIsTakenOnceByManyTakers() async {
    let queue = StageQueue((0..<1000).map { .init(position: $0, stage: 0) }, stages: 2)
    let taken = await withTaskGroup(of: [Int].self) { group in
      for _ in 0..<8 {
        group.addTask {
          var own: [Int] = []
          while let item = queue.take() {
            own.append(item.position + 1000 * item.stage)
            queue.put(.init(position: item.position, stage: item.stage + 1))
          }
          return own
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(taken.sorted() == Array(0..<2000))
  }
}
