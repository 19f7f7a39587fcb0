import ArgumentParser
import CommandLineSupport
import Foundation
import Training

struct RecipesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipes", abstract: "Lists the recipes.")

  func run() throws {
    for published in PublishedRecipe.all(classes: 10) {
      let recipe = published.recipe
      let name = recipe.name.padding(toLength: 14, withPad: " ", startingAt: 0)
      let teacher = recipe.loss.needsTeacher ? "; needs --teacher" : ""
      try StandardOutput.writeLine("\(name)\(published.abstract)\(teacher)")
      try StandardOutput.writeLine(
        "\(String(repeating: " ", count: 14))\(recipe.epochs) epochs; \(published.source)")
    }
  }
}
