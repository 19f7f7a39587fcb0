/// How much memory the importer may still use for decoded and computed tensors.
///
/// A small file can ask for a huge constant, or for many copies of one; this is where it stops.
struct MemoryBudget {
  private var remaining: Int

  /// - Parameter fileSize: in bytes.
  init(fileSize: Int) { remaining = 3 * fileSize + (16 << 20) }

  /// Takes a part of the budget.
  ///
  /// - Parameters:
  ///   - elements: how many; not negative.
  ///   - bytes: of each element.
  ///   - place: for the message.
  /// - Throws: ``ONNXError`` when the budget is used up.
  mutating func charge(_ elements: Int, of bytes: Int, at place: String) throws(ONNXError) {
    let (size, overflow) = elements.multipliedReportingOverflow(by: bytes)
    guard !overflow, size <= remaining else {
      throw ONNXError(
        place: place,
        problem: "its \(elements) values are more than a file of this size may expand to")
    }
    remaining -= size
  }

  /// Gives back what was part of the file and is no longer held.
  ///
  /// - Parameter bytes: how many.
  mutating func release(_ bytes: Int) { remaining += bytes }
}
