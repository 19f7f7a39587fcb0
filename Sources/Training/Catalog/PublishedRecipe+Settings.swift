internal import Files

extension PublishedRecipe {
  /// What it does, where its settings come from, and all of them, as Markdown.
  public var settingsText: String {
    var lines = ["# \(recipe.name): \(abstract)", "", "Source: \(source)", ""]
    if recipe.needsTeacher { lines += ["It needs a teacher.", ""] }
    for (number, stage) in recipe.stages.enumerated() {
      let isLast = number == recipe.stages.count - 1
      let reach =
        switch stage.reach {
        case .stages: ", moving the student up to its last stage and the layers of terms"
        case .layers: ", moving the layers of terms only"
        case nil: ""
        }
      lines.append(
        "\(isLast ? "Training" : "Preparation \(number + 1)"): \(counted(stage.epochs, "epoch")), "
          + "batches of \(stage.batchSize), learning rate \(stage.learningRate.largest)\(reach)")
      lines += stage.loss.terms.map { term in
        let course =
          switch term.course {
          case .constant: ""
          case .rising(let epochs): ", rising over \(counted(epochs, "epoch"))"
          case .falling(let height, _, let floor):
            ", falling from \(shown(height + floor)) to \(shown(floor)) times that"
          }
        let option = term.setting.map { " (--\($0.rawValue))" } ?? ""
        return "- \(term.name): factor \(shown(term.weight))\(course)\(option), "
          + "\(type(of: term.term).kind)"
      }
      lines.append("")
    }
    lines += ["```json", TrainingSettings.json(recipe) + "```"]
    return lines.joined(separator: "\n") + "\n"
  }
}
