extension Int64 {
  /// The sum, or what is nearest to it of what fits.
  ///
  /// Counts come from servers: what they add up to must not end the program.
  @inlinable package func plus(_ other: Int64) -> Int64 {
    let (sum, overflowed) = addingReportingOverflow(other)
    guard overflowed else { return sum }
    return other < 0 ? .min : .max
  }

  /// The difference, or what is nearest to it of what fits.
  @inlinable package func minus(_ other: Int64) -> Int64 {
    let (difference, overflowed) = subtractingReportingOverflow(other)
    guard overflowed else { return difference }
    return other > 0 ? .min : .max
  }
}

extension Int64 {
  /// The product, or what is nearest to it of what fits.
  @inlinable package func times(_ other: Int64) -> Int64 {
    let (product, overflowed) = multipliedReportingOverflow(by: other)
    guard overflowed else { return product }
    return (self < 0) == (other < 0) ? .max : .min
  }
}

extension Sequence<Int64> {
  /// The sum of all, or what is nearest to it of what fits.
  @inlinable package func saturatedSum() -> Int64 { reduce(0) { $0.plus($1) } }
}
