/// Which rows of a result are written: a page of them.
///
///     var writer = ReportWriter(options: options, window: RowWindow(skipping: 20, rowsMax: 10)) { … }
///
/// A row beyond the page ends the result by `RowWindow.End`, thrown where that row ends; whoever made the
/// writer catches it, and finishes what there is.
package struct RowWindow: Equatable, Sendable {
  package var skipping: Int64
  package var rowsMax: Int64
  /// No row begins after so many bytes.
  package var bytesMax: Int

  package init(skipping: Int64 = 0, rowsMax: Int64, bytesMax: Int = .max) {
    self.skipping = skipping
    self.rowsMax = rowsMax
    self.bytesMax = bytesMax
  }

  /// There are more rows than the page has.
  package struct End: Error {
    package init() {}
  }
}

/// Where a row of objects stands in the order of all of them: what a later page begins behind.
package struct RowPlace: Equatable, Sendable {
  package var bucket: String
  package var endpoint: String
  package var key: [UInt8]
  /// Which version of the key it is, in the index's order; nil for the latest.
  package var rank: Int64?

  package init(bucket: String, endpoint: String, key: [UInt8], rank: Int64? = nil) {
    self.bucket = bucket
    self.endpoint = endpoint
    self.key = key
    self.rank = rank
  }
}
