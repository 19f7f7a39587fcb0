import Graphs
import Tensors

extension Checkpoint {
  /// Makes of a network with one logit z, which says yes or no, one with the logits (0, z).
  ///
  /// Their softmax is the sigmoid of z; class 1 is yes.
  mutating func answerYesOrNo() {
    let last = model.graph.nodes.count - 1
    var name = "yes_or_no"
    while model.parameters[name + ".weight"] != nil { name += "_" }
    model.parameters[name + ".weight"] = Tensor(shape: [2, 1], elements: [0, 1])
    model.graph.nodes.append(
      .init(
        name: name, operation: .linear(Linear(weight: name + ".weight", bias: nil)),
        inputs: [last]))
    classes = 2
    architecture = "graph"
    note("the network gives one logit z, which was taken for (0, z): class 1 where z is above 0")
  }
}
