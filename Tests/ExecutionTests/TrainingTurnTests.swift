import Execution
import Testing

/// The order of passes that every training plan keeps.
struct TrainingTurnTests {
  @Test func aBackwardPassFollowsEveryForwardPass() {
    var turn = TrainingTurn(batch: 2, pixels: 3, classes: 5)
    for _ in 0..<2 {
      turn.beginForward(images: 6, logits: 10)
      turn.endForward()
      turn.checkStatistics()
      turn.beginBackward(cotangent: 10)
      turn.checkStatistics()
    }
  }

  @Test func aForwardPassMayFollowAnother() {
    var turn = TrainingTurn(batch: 1, pixels: 3, classes: 5)
    for _ in 0..<2 {
      turn.beginForward(images: 3, logits: 5)
      turn.endForward()
    }
    turn.beginBackward(cotangent: 5)
  }

  @Test func aSecondBackwardPassEndsTheProcess() async {
    await #expect(processExitsWith: .failure) {
      var turn = TrainingTurn(batch: 1, pixels: 3, classes: 5)
      turn.beginForward(images: 3, logits: 5)
      turn.endForward()
      turn.beginBackward(cotangent: 5)
      turn.beginBackward(cotangent: 5)
    }
  }

  @Test func nothingFollowsAForwardPassThatFailed() async {
    await #expect(processExitsWith: .failure) {
      var turn = TrainingTurn(batch: 1, pixels: 3, classes: 5)
      turn.beginForward(images: 3, logits: 5)
      turn.endForward()
      turn.beginForward(images: 3, logits: 5)
      turn.checkStatistics()
    }
  }

  @Test func aBatchOfAnotherSizeEndsTheProcess() async {
    await #expect(processExitsWith: .failure) {
      var turn = TrainingTurn(batch: 2, pixels: 3, classes: 5)
      turn.beginForward(images: 3, logits: 10)
    }
  }
}
