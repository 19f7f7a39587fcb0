internal import Attacks
internal import Graphs
internal import Tensors

extension Recipe {
  /// Refuses recipes that cannot be followed with a network and a teacher.
  func check(model: Model, teacher: Model?) throws {
    let passes = loss.passes
    for pass in passes where !forwardOrder.contains(pass) {
      throw TrainingError(
        place: "recipe \(name), forward order",
        problem: "the \(pass.rawValue) pass is missing, which the loss needs; add it")
    }
    for pass in forwardOrder where !passes.contains(pass) {
      throw TrainingError(
        place: "recipe \(name), forward order",
        problem: "the loss has no \(pass.rawValue) pass; leave it out")
    }
    if loss.asksTeacherForImages {
      if weightPerturbation != nil {
        throw TrainingError(
          place: "recipe \(name), weight perturbation",
          problem: "images are made with the unperturbed student; leave it out")
      }
    } else if passes.contains(.adversarial) && crafting == nil {
      throw TrainingError(
        place: "recipe \(name)", problem: "the loss needs perturbed images; say how to craft them")
    }
    if let space = loss.space, !space.mean.isEmpty,
      space.mean.count != model.graph.input.channels
    {
      throw TrainingError(
        place: "recipe \(name), space",
        problem: "it is for images of \(space.mean.count) channels and these have "
          + "\(model.graph.input.channels); use --space pixel")
    }
    guard loss.needsTeacher else { return }
    guard let teacher else {
      throw TrainingError(place: "recipe \(name)", problem: "the loss needs a teacher; name one")
    }
    let (own, others) = (try model.classes(), try teacher.classes())
    if own != others || model.graph.input != teacher.graph.input {
      throw TrainingError(
        place: "teacher",
        problem: "it takes \(teacher.graph.input) to \(others) classes; the network takes "
          + "\(model.graph.input) to \(own)")
    }
  }
}

extension TrainingLoss {
  /// Whether the state keeps mean probabilities of every class.
  var usesClassMeans: Bool {
    if case .classMeans = divergence?.classWeights { true } else { false }
  }
}
