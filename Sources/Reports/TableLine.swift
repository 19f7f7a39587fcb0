/// One row of a table as text.
public enum TableLine {
  /// Comma-separated values; what would be taken for more than one is quoted.
  ///
  /// - Parameter cells: any text.
  /// - Returns: the line without a newline. Source: RFC 4180, section 2.
  public static func csv(_ cells: [String]) -> String {
    cells.map { cell in
      cell.contains { ",\"\n\r".contains($0) }
        ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
    }.joined(separator: ",")
  }

  /// A row of a Markdown table; a cell stays one, whatever it holds.
  ///
  /// - Parameter cells: any text.
  /// - Returns: the line without a newline.
  public static func markdown(_ cells: [String]) -> String {
    let safe = cells.map {
      $0.replacing("|", with: "\\|").replacing("\n", with: " ").replacing("\r", with: " ")
    }
    return "| \(safe.joined(separator: " | ")) |"
  }
}
