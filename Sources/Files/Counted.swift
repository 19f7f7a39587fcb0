/// A number with its noun, for sentences: `1 image`, `2 images`.
///
/// - Parameters:
///   - count: how many.
///   - noun: for one.
///   - plural: for another number; with an s by default.
/// - Returns: both.
public func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
}
