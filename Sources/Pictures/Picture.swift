/// A picture as gnuplot draws it: a data file and a script, from which SVG and PNG are made.
public struct Picture: Sendable {
  /// The file name without its ending.
  public let name: String
  /// The data, comma-separated, with a first line of column names.
  public let data: String
  /// What the script says between its settings and its outputs: labels, ranges, and `plot`.
  public let commands: String
  /// Width and height in points.
  public let size: (width: Int, height: Int)

  /// Describes a picture.
  ///
  /// - Parameters:
  ///   - name: the file name without its ending.
  ///   - data: comma-separated, with a first line of column names; read by `commands` as
  ///     `NAME.csv`.
  ///   - commands: gnuplot's, ending with a `plot`.
  ///   - size: width and height in points.
  public init(
    name: String, data: String, commands: String, size: (width: Int, height: Int) = (640, 400)
  ) {
    self.name = name
    self.data = data
    self.commands = commands
    self.size = size
  }

  /// The script, to be run in its folder.
  ///
  /// Colours are those of Okabe and Ito, which colour-blind readers can tell apart.
  ///
  /// - Parameter pdf: whether it makes a PDF beside SVG and PNG.
  /// - Returns: gnuplot's commands.
  public func script(pdf: Bool = false) -> String {
    let colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
    let lines = colors.enumerated().map {
      "set linetype \($0.offset + 1) linecolor rgb '\($0.element)' linewidth 2"
    }
    func inches(_ points: Int) -> Double { Double(points) / 72 }
    let portable =
      pdf
      ? """
      set terminal pdfcairo size \(inches(size.width)),\(inches(size.height)) font 'Helvetica,12'
      set output '\(name).pdf'
      replot

      """ : ""
    let names = "\(name).svg, \(name).png" + (pdf ? ", \(name).pdf" : "")
    return """
      # gnuplot \(name).gp   makes \(names) from \(name).csv
      set encoding utf8
      set datafile separator ','
      set key outside top center horizontal noenhanced samplen 2 font ',11'
      set border 3
      set tics nomirror
      set grid ytics linecolor rgb '#dddddd' linewidth 1
      \(lines.joined(separator: "\n"))
      set terminal svg size \(size.width),\(size.height) font 'Helvetica,12' background '#ffffff'
      set output '\(name).svg'
      \(commands)
      set terminal pngcairo size \(2 * size.width),\(2 * size.height) font 'Helvetica,12' fontscale 2 linewidth 2 pointscale 2
      set output '\(name).png'
      replot
      \(portable)set output

      """
  }

  /// What sets the lines above a picture.
  ///
  /// - Parameter lines: any texts.
  /// - Returns: a command of the script.
  public static func title(_ lines: [String]) -> String {
    "set title \(lines.map(quoted).joined(separator: ".\"\\n\".")) noenhanced font ',9'"
  }

  /// A text as gnuplot's script may hold it, in single quotes, on one line.
  ///
  /// - Parameter text: any text.
  /// - Returns: a word of the script; nothing in it is a command, a format or markup.
  public static func quoted(_ text: String) -> String {
    let line = String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    return "'" + line.replacing("'", with: "''") + "'"
  }
}
