/// A term in files: its name and factor, and what it is, under its kind.
extension WeightedTerm: Codable {
  /// Names of fields; kinds of terms are some of them.
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  /// The kinds of terms that there are: those that the recipes name.
  private static var kinds: [any LossTerm.Type] {
    PublishedRecipe.all(classes: 10).flatMap(\.recipe.stages).flatMap(\.loss.terms).map {
      type(of: $0.term)
    }
  }

  /// Reads a term.
  ///
  /// - Parameter decoder: where from.
  /// - Throws: `DecodingError` when no recipe has such a term.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    guard let kind = Self.kinds.first(where: { values.contains(Key($0.kind)) }) else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath, debugDescription: "no recipe has such a term"))
    }
    self.init(
      try values.decode(String.self, forKey: Key("name")),
      try values.decode(kind, forKey: Key(kind.kind)),
      times: try values.decode(Double.self, forKey: Key("weight")),
      over: try values.decode(WeightCourse.self, forKey: Key("course")),
      as: try values.decodeIfPresent(String.self, forKey: Key("setting")).flatMap {
        Setting(rawValue: $0)
      })
  }

  /// Writes the term.
  ///
  /// - Parameter encoder: where to.
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(name, forKey: Key("name"))
    try values.encode(weight, forKey: Key("weight"))
    try values.encode(course, forKey: Key("course"))
    try values.encodeIfPresent(setting?.rawValue, forKey: Key("setting"))
    try values.encode(term, forKey: Key(type(of: term).kind))
  }
}
