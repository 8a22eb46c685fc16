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

  /// Reads an index; nil while there is none, or only the beginning of a file, as an import leaves it that is killed
  /// while it makes one.
  package static func ifThere(_ path: String, now: Timestamp) throws -> IndexReader? {
    do {
      return try IndexReader(path: path, now: now)
    } catch IndexError.missing {
      return nil
    }
  }

  /// The moment of the newest listing that has merged keys of a bucket, as far as they begin with a prefix or
  /// the prefix begins with what was listed; nil where there is none.
  ///
  /// `isComplete` asks for those alone that came to their end.
  package func newestListing(
    of name: String, endpoint: String, prefix: Key, isComplete: Bool = false
  ) throws -> Timestamp? {
    let crawls = try connection.all(
      Self.selectListings, .text(name), .text(endpoint), .state(CrawlRowState.complete),
      .integer(isComplete ? 1 : 0)
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
      AND (crawl.state = ?3 OR NOT ?4 AND EXISTS (
        SELECT 1 FROM sync_crawl
        WHERE sync_crawl.crawl_id = crawl.id
          AND (sync_crawl.objects > 0 OR sync_crawl.versions > 0)))
    GROUP BY crawl.prefix
    """

  /// Whether all keys below a prefix of a bucket were listed to their end once, alone or with others.
  package func hasListed(_ prefix: Key, of name: String, endpoint: String) throws -> Bool {
    try connection.all(
      """
      SELECT DISTINCT crawl.prefix FROM bucket JOIN crawl ON crawl.bucket_id = bucket.id
      WHERE bucket.name = ?1 AND bucket.endpoint = ?2 AND crawl.state = ?3
      """, .text(name), .text(endpoint), .state(CrawlRowState.complete)
    ) { prefix.bytes.starts(with: $0.bytes(at: 0)) }.contains(true)
  }

  /// A key that the index has of a bucket below a prefix, and that does not begin with another one; nil where there
  /// is none.
  package func key(
    of name: String, endpoint: String, below wide: Key = .start, outside prefix: Key
  ) throws -> Key? {
    let bucket = try connection.first(
      "SELECT id FROM bucket WHERE name = ?1 AND endpoint = ?2", .text(name), .text(endpoint)
    ) { $0.int64(at: 0) }
    guard let bucket else { return nil }
    let inside = KeyInterval(prefix: prefix)
    let all = KeyInterval(prefix: wide)
    for table in ["object", "object_version"] {
      let found = try connection.first(
        """
        SELECT * FROM (
          SELECT key FROM \(table)
          WHERE bucket_id = ?1 AND key >= ?4 AND key < ?2 AND key < ?5 ORDER BY key LIMIT 1)
        UNION ALL
        SELECT * FROM (
          SELECT key FROM \(table)
          WHERE bucket_id = ?1 AND key >= ?3 AND key >= ?4 AND key < ?5 ORDER BY key LIMIT 1)
        """, .integer(bucket), .text(inside.lower.bytes), inside.upperBound,
        .text(all.lower.bytes), all.upperBound
      ) { Key($0.bytes(at: 0)) }
      if let found { return found }
    }
    return nil
  }
}
