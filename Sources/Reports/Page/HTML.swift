internal import Foundation

/// A piece of a page; a text that is put into it can never be markup.
///
/// In a literal only what the source itself spells is markup: `"<td>\(name)</td>"` shows any name as
/// text.
struct HTML: ExpressibleByStringInterpolation, Sendable {
  /// The markup.
  let text: String

  init(stringLiteral markup: String) { text = markup }
  init(stringInterpolation: Interpolation) { text = stringInterpolation.text }
  private init(markup: String) { text = markup }

  /// Pieces one after the other.
  init(_ pieces: [HTML], separator: String = "\n") {
    text = pieces.map(\.text).joined(separator: separator)
  }

  struct Interpolation: StringInterpolationProtocol {
    var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }
    mutating func appendLiteral(_ markup: String) { text += markup }
    mutating func appendInterpolation(_ piece: HTML) { text += piece.text }
    mutating func appendInterpolation(_ outside: String) { text += HTML.escaped(outside) }
    mutating func appendInterpolation(_ number: Int) { text += String(number) }
    /// A number in a position or a width, with two decimals.
    mutating func appendInterpolation(_ number: Double) { text += HTML.decimal(number) }
  }

  var isEmpty: Bool { text.isEmpty }

  /// Two decimals, none where they are zero.
  static func decimal(_ number: Double, places: Int = 2) -> String {
    var text = String(format: "%.\(places)f", number)
    while text.contains("."), text.last == "0" || text.last == "." {
      let isPoint = text.removeLast() == "."
      if isPoint { break }
    }
    return text == "-0" ? "0" : text
  }

  /// A text as it stands in an element or a quoted attribute.
  ///
  /// Controls, and signs that turn the direction of what follows, are shown as a question mark.
  static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      default:
        let category = scalar.properties.generalCategory
        result.append(category == .control || category == .format ? "?" : scalar)
      }
    }
    return String(result)
  }
}

/// A whole page without anything from outside it.
struct HTMLDocument {
  let title: String
  let body: HTML

  /// The file.
  var text: String {
    let script = PageScript.text
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
      style-src 'unsafe-inline'; script-src 'sha256-\(PageScript.digest)'">
      <title>\(title)</title>
      <style>
      \(PageStyle.markup)
      </style>
      </head>
      <body>
      <main>
      \(body)
      </main>
      <script>
      """
    return page.text + script + "</script>\n</body>\n</html>\n"
  }
}
