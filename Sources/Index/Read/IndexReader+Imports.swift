internal import SQLite
package import Vocabulary

// What has to be known of a bucket before an inventory of it may be taken over.

extension IndexReader {
  /// What the index has of the buckets of a name: where they are, and their regions.
  package func buckets(named name: String) throws -> [(endpoint: String, region: String?)] {
    try connection.all(
      "SELECT endpoint, region FROM bucket WHERE name = ?1 ORDER BY endpoint", .text(name)
    ) { ($0.string(at: 0), $0.optionalString(at: 1)) }
  }

  /// The moment of the newest listing that has merged keys of a bucket, as far as they begin with a prefix or
  /// the prefix begins with what was listed; nil where there is none.
  package func newestListing(
    of name: String, endpoint: String, prefix: Key
  ) throws -> Timestamp? {
    let crawls = try connection.all(
      Self.selectListings, .text(name), .text(endpoint), .state(CrawlRowState.complete)
    ) { (prefix: $0.bytes(at: 0), started: $0.int64(at: 1)) }
    return crawls.filter {
      $0.prefix.starts(with: prefix.bytes) || prefix.bytes.starts(with: $0.prefix)
    }.map(\.started).max().map { Timestamp(millisecondsSinceEpoch: $0) }
  }

  /// One that was refused at once has listed nothing.
  private static let selectListings = """
    SELECT crawl.prefix, max(crawl.started_ms)
    FROM bucket
    JOIN crawl ON crawl.bucket_id = bucket.id
    WHERE bucket.name = ?1 AND bucket.endpoint = ?2
      AND (crawl.state = ?3 OR EXISTS (
        SELECT 1 FROM sync_crawl
        WHERE sync_crawl.crawl_id = crawl.id
          AND (sync_crawl.objects > 0 OR sync_crawl.versions > 0)))
    GROUP BY crawl.prefix
    """

  /// A key that the index has of a bucket and that does not begin with a prefix; nil where there is none.
  package func key(of name: String, endpoint: String, outside prefix: Key) throws -> Key? {
    let bucket = try connection.first(
      "SELECT id FROM bucket WHERE name = ?1 AND endpoint = ?2", .text(name), .text(endpoint)
    ) { $0.int64(at: 0) }
    guard let bucket else { return nil }
    let inside = KeyInterval(prefix: prefix)
    for table in ["object", "object_version"] {
      let found = try connection.first(
        """
        SELECT * FROM (
          SELECT key FROM \(table) WHERE bucket_id = ?1 AND key < ?2 ORDER BY key LIMIT 1)
        UNION ALL
        SELECT * FROM (
          SELECT key FROM \(table) WHERE bucket_id = ?1 AND key >= ?3 ORDER BY key LIMIT 1)
        """, .integer(bucket), .text(inside.lower.bytes), inside.upperBound
      ) { Key($0.bytes(at: 0)) }
      if let found { return found }
    }
    return nil
  }
}
