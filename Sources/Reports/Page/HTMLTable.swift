/// A table with headers that a screen reader names, in a box that scrolls where it is too wide.
struct HTMLTable {
  /// A column.
  struct Column: ExpressibleByStringLiteral {
    let name: String
    let isNumber: Bool

    init(stringLiteral name: String) { self.init(name, isNumber: false) }
    init(_ name: String, isNumber: Bool) {
      self.name = name
      self.isNumber = isNumber
    }

    static func number(_ name: String) -> Column { Column(name, isNumber: true) }
  }

  var name: String
  var columns: [Column]
  var rows: [[HTML]]
  /// Of the element, for a filter.
  var identifier: String?

  /// End tags of cells and rows are left out, as HTML allows: a long table is a third shorter.
  var markup: HTML {
    let heads = columns.map { column -> HTML in
      column.isNumber
        ? "<th scope=\"col\" class=\"n\">\(column.name)" : "<th scope=\"col\">\(column.name)"
    }
    let lines = rows.map { row in
      HTML(
        ["<tr>"]
          + zip(columns, row).map { column, cell in
            column.isNumber ? "<td class=n>\(cell)" : "<td>\(cell)"
          }, separator: "")
    }
    let identity: HTML = identifier.map { " id=\"\($0)\"" } ?? ""
    return """
      <div class="scroll" role="region" aria-label="\(name)" tabindex="0">
      <table class="sortable"\(identity)>
      <caption>\(name)</caption>
      <thead><tr>\(HTML(heads, separator: ""))</tr></thead>
      <tbody>
      \(HTML(lines))
      </tbody>
      </table>
      </div>
      """
  }
}
