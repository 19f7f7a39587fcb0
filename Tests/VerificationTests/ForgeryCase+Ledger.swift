import Evaluation
import Execution
import Tensors

extension ForgeryCase {
  /// What the run says happened.
  static let ledger: [ForgeryCase] = [
    .everywhere("a wrong image as robust", .refused("is said to be class")) { run in
      let place = try run.first(.wrong)
      run.entries[place].outcome = .correct
      run.entries[place].predicted = run.entries[place].label
      run.entries[place].margin = 0
      try run.addSurvival(of: run.entries[place])
    },
    .everywhere("a correct image as wrong", .refused("is said to be class")) { run in
      let index = run.entries[try run.first(.survived)].index
      run.entries.removeAll { $0.index == index && $0.attack != LedgerEntry.clean }
      let place = run.entries.firstIndex { $0.index == index } ?? 0
      run.entries[place].outcome = .wrong
      run.entries[place].predicted = (run.entries[place].label + 1) % 10
      run.entries[place].margin = 0
    },
    .everywhere("a fooled image as robust, at its cost", .refused("is said to have taken")) { run in
      let place = try run.first(.fooled, of: "square")
      run.entries[place].outcome = .survived
      run.entries[place].margin = 1
      run.entries[place].predicted = run.entries[place].label
    },
    .everywhere("a fooled image as robust, at a survivor's", .listed("cannot show")) { run in
      let place = try run.first(.fooled, of: "square")
      let twin = run.entries[try run.first(.survived, of: "square")]
      run.entries[place].outcome = .survived
      run.entries[place].passes = twin.passes
      run.entries[place].margin = 1
      run.entries[place].predicted = run.entries[place].label
    },
    .everywhere("a robust image as fooled, by itself", .refused("is said to be class")) { run in
      let place = try run.first(.survived, of: "square")
      let index = run.entries[place].index
      run.entries[place].outcome = .fooled
      run.entries[place].predicted = (run.entries[place].label + 1) % 10
      (run.entries[place].margin, run.entries[place].distance) = (0, 0)
      run.images[index] = try RealRun.sample().image(of: index)
    },
    .everywhere("no margin of a fooled image", .refused("is said to have the margin 0.0")) {
      try $0.change(.fooled) { $0.margin = 0 }
    },
    .everywhere("no margin of a correct image", .refused("is said to have the margin 0.0")) {
      try $0.change(.correct) { $0.margin = 0 }
    },
    .everywhere("a larger margin of a correct image", .refused("is said to have the margin")) {
      try $0.change(.correct) { $0.margin += 10 }
    },
    .everywhere("no distance of a fooled image", .refused("the ledger says 0.0")) {
      try $0.change(.fooled) { $0.distance = 0 }
    },
    .everywhere("a distance of a clean image", .refused("said to be another than it is")) {
      try $0.change(.correct) { $0.distance = 0.001 }
    },
    .everywhere("another class of a fooled image", .refused("is said to be class")) {
      try $0.change(.fooled) { entry in
        entry.predicted = (0..<10).first { $0 != entry.predicted && $0 != entry.label } ?? 0
      }
    },
    .everywhere("a class that there is not", .refused("is said to be class 4711")) {
      try $0.change(.fooled) { $0.predicted = 4711 }
    },
    .everywhere("another class of a wrong image", .refused("is said to be class")) {
      try $0.change(.wrong) { entry in
        entry.predicted = (0..<10).first { $0 != entry.predicted && $0 != entry.label } ?? 0
      }
    },
    .everywhere("another label", .refused("in cifar10 it is")) { run in
      let index = run.entries[try run.first(.survived)].index
      for place in run.entries.indices where run.entries[place].index == index {
        run.entries[place].label = (run.entries[place].label + 1) % 10
        run.entries[place].predicted = run.entries[place].label
      }
    },
    .everywhere("another label of a survivor only", .refused("has label")) {
      try $0.change(.survived) { $0.label = ($0.label + 1) % 10 }
    },
    .everywhere("a survivor beyond the boundary", .refused("predicted class")) {
      try $0.change(.survived) { $0.margin = -1 }
    },
    .everywhere("a forward pass less", .refused("is said to have taken 6 forwards")) {
      try $0.change(.survived, of: "apgd-ce") { $0.passes.forwards -= 1 }
    },
    .everywhere("a forward pass more", .refused("is said to have taken 8 forwards")) {
      try $0.change(.survived, of: "apgd-ce") { $0.passes.forwards += 1 }
    },
    .everywhere("no backward pass", .refused("7 forwards and 0 backwards")) {
      try $0.change(.survived, of: "apgd-ce") {
        ($0.passes.backwards, $0.passes.zeroGradients) = (0, 0)
      }
    },
    .everywhere("a success without a question", .refused("0 forwards and 0 backwards")) {
      try $0.change(.fooled, of: "apgd-ce") { entry in
        entry.passes.forwards = 0
        entry.passes.backwards = 0
        entry.passes.zeroGradients = 0
      }
    },
    .everywhere("questions before the attacks", .refused("clean of image")) {
      try $0.change(.correct) { $0.passes.forwards = 1 }
    },
    .everywhere("no judgement", .refused("taken 0; with its settings")) {
      try $0.change(.survived) { $0.passes.judgements = 0 }
    },
    .everywhere("too many judgements", .refused("taken 1000; with its settings")) {
      try $0.change(.survived) { $0.passes.judgements = 1000 }
    },
    .everywhere(
      "more zero gradients than gradients", .refused("no more zero gradients than gradients")
    ) {
      try $0.change(.survived, of: "apgd-ce") { $0.passes.zeroGradients = 1000 }
    },
    .everywhere("a rejected claim", .listed("which claims were rejected")) {
      try $0.change(.survived) { $0.outcome = .rejected }
    },
    .everywhere("other times", .listed("all times")) {
      try $0.change(.survived) { $0.passes.seconds = 1e6 }
    },
    .everywhere("a time below zero", .refused("is damaged")) {
      try $0.change(.survived) { $0.passes.seconds = -1 }
    },
    .everywhere("an attack that was not made", .refused("is partial")) {
      $0.entries.remove(at: try $0.first(.survived, of: "square"))
    },
    .everywhere("the attacks' order", .refused("in this order")) { run in
      let first = try run.first(.survived, of: "apgd-ce")
      let index = run.entries[first].index
      let second = run.entries.firstIndex { $0.index == index && $0.attack == "square" } ?? 0
      run.entries.swapAt(first, second)
    },
    .everywhere("an image without entries", .refused("is partial")) { run in
      let index = run.entries[try run.first(.survived)].index
      run.entries.removeAll { $0.index == index }
    },
    .everywhere("an attack behind the one that fooled", .refused("an image is done when")) { run in
      let fooled = run.entries[try run.first(.fooled, of: "apgd-ce")]
      var entry = run.entries[try run.first(.survived, of: "square")]
      (entry.index, entry.label, entry.predicted) = (fooled.index, fooled.label, fooled.label)
      run.entries.append(entry)
    },
  ]
}

extension ForgedRun {
  /// Lets an image survive all attacks at what that costs.
  fileprivate mutating func addSurvival(of clean: LedgerEntry) throws {
    for attack in settings.attacks {
      var entry = entries[try first(.survived, of: attack.name)]
      (entry.index, entry.label, entry.predicted) = (clean.index, clean.label, clean.label)
      entries.append(entry)
    }
  }
}
