internal import SQLite
package import Vocabulary

extension IndexReader {
  /// The buckets that a filter is about; its objects do not matter.
  ///
  /// - Throws: as `buckets(matching:ofAccounts:inRegions:)`.
  package func buckets(matching filter: ObjectFilter) throws -> [BucketSummary] {
    try buckets(
      matching: filter.scopes, ofAccounts: filter.accounts, inRegions: filter.regions)
  }

  /// The buckets that a filter leaves out because nobody knows their region, which may be one of those
  /// that are asked about.
  package func bucketsOfUnknownRegion(_ filter: ObjectFilter) throws -> [BucketSummary] {
    guard !filter.regions.isEmpty, !filter.regions.contains(where: \.isEmpty) else { return [] }
    // What names nothing has been refused with the filter itself.
    return try buckets(matching: [], ofAccounts: filter.accounts).filter { bucket in
      bucket.region == nil
        && (filter.scopes.isEmpty || filter.scopes.contains { $0.names(bucket) })
    }
  }

  /// Whether any key of a bucket begins so.
  package func holdsKeys(in bucket: BucketSummary, below prefix: Key) throws -> Bool {
    let keys = KeyInterval(prefix: prefix)
    return try connection.first(
      Self.selectKey, .integer(bucket.id), .text(keys.lower.bytes), keys.upperBound
    ) { $0.int64(at: 0) } != nil
  }

  private static let selectKey = """
    SELECT 1 FROM object WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3 LIMIT 1
    """
}
