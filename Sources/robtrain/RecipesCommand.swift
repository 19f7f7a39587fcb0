import ArgumentParser
import CommandLineSupport
import Foundation
import Training

struct RecipesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipes", abstract: "Lists the recipes, or prints one's settings.")

  @Option(help: "A recipe: prints all its settings and where they come from.")
  var method: String?

  @Option(help: "The number of classes, by which some recipes go.")
  var classes: Int = 100

  func run() throws {
    if let method {
      let published = try PublishedRecipe.named(method, classes: classes)
      try StandardOutput.write(published.settingsText)
      return
    }
    for published in PublishedRecipe.all(classes: 10) {
      let recipe = published.recipe
      let name = recipe.name.padding(toLength: 14, withPad: " ", startingAt: 0)
      let teacher = recipe.needsTeacher ? "; needs --teacher" : ""
      try StandardOutput.writeLine("\(name)\(published.abstract)\(teacher)")
      try StandardOutput.writeLine(
        "\(String(repeating: " ", count: 14))\(recipe.allEpochs) epochs; \(published.source)")
    }
  }
}
