/// Something in an index that is not as it must be.
package struct CheckFinding: Equatable, Sendable {
  /// What makes it right again.
  package enum Remedy: Equatable, Sendable {
    /// The file itself is damaged: what can be read of it goes into a new one.
    case rescue
    /// A table, an index or a view is made anew.
    case schema
    /// Rows that belong to nothing are removed.
    case removal
    /// Sums are counted again from rows.
    case sums
    /// A setting gets its usual value.
    case setting
    /// A storage class whose name is lost gets one that says so.
    case naming
    /// What was listed half way is listed again from the beginning.
    case crawl
    /// What was recorded of the past is made to agree, or its moment becomes a gap.
    case history
    /// The bucket is listed again by the next sync.
    case listing
  }

  /// The table, or `file` for all of it.
  package var table: String
  package var bucketID: Int64?
  /// The row within the table: a storage class, a prefix, a key or a moment.
  package var place: [UInt8]
  package var expected: String
  package var found: String
  package var remedy: Remedy

  init(
    _ table: String, _ bucketID: Int64? = nil, at place: [UInt8] = [], expected: String,
    found: String, _ remedy: Remedy
  ) {
    self.table = table
    self.bucketID = bucketID
    self.place = place
    self.expected = expected
    self.found = found
    self.remedy = remedy
  }
}
