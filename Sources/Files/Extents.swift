extension [Int] {
  /// The number of elements of an array of these extents, or nil when there is no number for it.
  ///
  /// A zero makes an array empty but excuses nothing: nil too when the other extents multiply to
  /// more than `Int` holds, so that strides and parts of the product can be computed without care.
  public var checkedProduct: Int? {
    var product = 1
    for extent in self where extent != 0 {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow else { return nil }
      product = next
    }
    return contains(0) ? 0 : product
  }
}
