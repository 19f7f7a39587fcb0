extension BinaryFloatingPoint {
  /// Reads a number or a fraction of two, such as `2/255`.
  ///
  /// - Parameter text: with or without spaces around the numbers.
  public init?(fraction text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      .map { Double(String($0).filter { !$0.isWhitespace }) }
    guard parts.count <= 2, let numerator = parts[0],
      let denominator = parts.count < 2 ? 1 : parts[1]
    else { return nil }
    self.init(numerator / denominator)
    if !isFinite { return nil }
  }
}
