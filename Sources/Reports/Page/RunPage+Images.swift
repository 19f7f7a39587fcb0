internal import Evaluation
internal import Foundation
internal import Tensors

/// Adversarial images to look at, and one line for every image.
extension RunPage {
  var gallery: HTML {
    let groups = exhibits.groups.filter { !$0.pictures.isEmpty }
      .map { (title: $0.title, figures: $0.pictures.compactMap(figure)) }
    if groups.allSatisfy(\.figures.isEmpty) { return "" }
    let parts = groups.map { group -> HTML in
      "<h3>\(group.title)</h3>\n<div class=\"gallery\">\n\(HTML(group.figures))\n</div>"
    }
    return """
      <section>
      <h2>Adversarial images</h2>
      <p>Clean · adversarial · their difference, stretched around grey by the factor below it; all rounded to \
      8 bits for display. Margins are in logits, distances in units of [0, 1] pixels.</p>
      \(HTML(parts))
      </section>
      """
  }

  /// Nil of an image that is neither grey nor of three colours.
  private func figure(_ picture: Exhibits.Picture) -> HTML? {
    let difference = picture.adversarial - picture.clean
    let largest = difference.norm(.linf)
    let factor = largest > 0 ? max(1, (0.5 / largest).rounded(.down)) : 1
    let stretched = difference.map { 0.5 + Float(factor) * $0 }
    guard let clean = PNGPicture(picture.clean), let changed = PNGPicture(stretched),
      let adversarial = PNGPicture(picture.adversarial)
    else { return nil }
    let entry = picture.entry
    let (own, other) = (exhibits.name(of: entry.label), exhibits.name(of: entry.predicted))
    let size: HTML = picture.clean.shape.width <= 64 ? " class=\"small\"" : ""
    let images = [
      (clean, "Image \(entry.index), clean, \(own)"),
      (adversarial, "Image \(entry.index), adversarial, taken for \(other)"),
      (changed, "Difference of the two, times \(HTML.decimal(factor))"),
    ].map { png, alternative -> HTML in
      "<img\(size) src=\"\(png.address)\" alt=\"\(alternative)\">"
    }
    return """
      <figure><div>\(HTML(images, separator: ""))</div>
      <figcaption>image \(entry.index): <strong>\(own)</strong> taken for <strong>\(other)</strong> \
      by \(entry.attack)\(entry.eps.map { " within \($0)" } ?? "")<br>margin \(SignificantDigits.text(entry.margin)), distance \
      \(SignificantDigits.text(entry.distance)), difference × \(HTML.decimal(factor))</figcaption></figure>
      """
  }

  var table: HTML {
    var columns: [HTMLTable.Column] = [
      .number("index"), "class", "taken for", .number("clean margin"), "outcome",
    ]
    if result.isAttacked {
      columns += ["fooled by", "then taken for", .number("distance"), .number("margin")]
    }
    let rows = images.map { image -> [HTML] in
      var cells: [HTML] = [
        "\(image.index)", "\(exhibits.name(of: image.label))",
        "\(exhibits.name(of: image.cleanPredicted))",
        "\(SignificantDigits.text(image.cleanMargin))", "\(image.outcome.rawValue)",
      ]
      if result.isAttacked {
        cells += [
          "\(image.fooledBy ?? "")", "\(image.adversarialClass.map(exhibits.name) ?? "")",
          "\(image.distance.map(SignificantDigits.text) ?? "")",
          "\(image.adversarialMargin.map(SignificantDigits.text) ?? "")",
        ]
      }
      return cells
    }
    let table = HTMLTable(
      name: "One line an image", columns: columns, rows: rows, identifier: "images"
    ).markup
    let content: HTML = """
      <p class="noprint" data-filters="images" hidden><label>Show rows with all of these words: \
      <input type="search" placeholder="for instance: fooled cat"></label> \
      <output aria-live="polite"></output></p>
      \(table)
      """
    return """
      <section>
      <h2>Every image</h2>
      \(folded(content, "all \(rows.count) images", where: rows.count > 100))
      </section>
      """
  }
}
