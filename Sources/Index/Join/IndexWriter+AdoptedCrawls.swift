internal import SQLite
internal import Vocabulary

extension IndexWriter {
  /// Makes the crawls of the other index the newest ones of a bucket, with all that they had still to do.
  ///
  /// Ours are kept for what their syncs counted, but for those that the other index has too. Those of prefixes in
  /// `kept` were later: they get numbers behind all.
  func adoptCrawls(
    of otherID: Int64, into bucketID: Int64, keeping kept: [Key], _ adoption: Adoption
  ) throws {
    let listed = try prefixesListed(of: bucketID)
    // Those kept are in order and apart, so a listing is below one of them at most.
    let later = kept.flatMap { prefix in
      listed.filter { $0.1.bytes.starts(with: prefix.bytes) }
    }
    for (id, prefix) in listed where !later.contains(where: { $0.0 == id }) {
      try connection.run(
        "DELETE FROM main.listed_prefix WHERE bucket_id = ?1 AND prefix = ?2", .integer(bucketID),
        .text(prefix.bytes))
    }
    try connection.run(Self.deleteKnownCrawls, .integer(bucketID), .integer(otherID))
    try abandonCrawls(of: bucketID) { _ in true }
    for sql in Self.copyCrawls {
      try connection.run(
        sql, .integer(bucketID), .integer(otherID), .integer(adoption.crawlsBefore))
    }
    for (prefix, synced, id) in try listedPrefixesOfOther(otherID)
    where !kept.contains(where: { prefix.bytes.starts(with: $0.bytes) }) {
      try connection.run(
        Self.insertListedPrefix, .integer(bucketID), .text(prefix.bytes),
        .integer(id + adoption.crawlsBefore), synced.state, .integer(synced.at))
    }
    for (id, _) in later { try renumber(id, of: bucketID) }
  }

  private func prefixesListed(of bucketID: Int64) throws -> [(Int64, Key)] {
    try connection.all(
      "SELECT crawl_id, prefix FROM main.listed_prefix WHERE bucket_id = ?1", .integer(bucketID)
    ) { ($0.int64(at: 0), Key($0.bytes(at: 1))) }
  }

  private func listedPrefixesOfOther(
    _ otherID: Int64
  ) throws -> [(Key, (state: SQLiteValue, at: Int64), Int64)] {
    try connection.all(
      "SELECT prefix, state, synced_ms, crawl_id FROM other.listed_prefix WHERE bucket_id = ?1",
      .integer(otherID)
    ) { (Key($0.bytes(at: 0)), ($0.value(at: 1), $0.int64(at: 2)), $0.int64(at: 3)) }
  }

  /// Gives up what crawls of a bucket had still to do.
  func abandonCrawls(of bucketID: Int64, _ isMeant: (Key) -> Bool, but kept: Int64? = nil) throws {
    let crawls = try connection.all(
      "SELECT id, prefix FROM main.crawl WHERE bucket_id = ?1 AND state IN (?2, ?3)",
      .integer(bucketID), .state(CrawlRowState.running), .state(CrawlRowState.failed)
    ) { ($0.int64(at: 0), Key($0.bytes(at: 1))) }
    for (id, prefix) in crawls where id != kept && isMeant(prefix) {
      try connection.run(
        "UPDATE main.crawl SET state = ?2, finished_ms = coalesce(finished_ms, ?3) WHERE id = ?1",
        .integer(id), .state(CrawlRowState.abandoned), .integer(now().millisecondsSinceEpoch))
      try forgetProgress(of: id)
    }
  }

  /// Gives a crawl a number behind all others.
  private func renumber(_ id: Int64, of bucketID: Int64) throws {
    let columns =
      "bucket_id, prefix, state, started_ms, finished_ms, journaled, error, ordered, versions"
    try connection.run(
      "INSERT INTO main.crawl (\(columns)) SELECT \(columns) FROM main.crawl WHERE id = ?1",
      .integer(id))
    let new = SQLiteValue.integer(connection.lastInsertRowID)
    for table in ["sync_crawl", "listed_prefix"] {
      try connection.run(
        "UPDATE main.\(table) SET crawl_id = ?2 WHERE crawl_id = ?1", .integer(id), new)
    }
    try connection.run("DELETE FROM main.crawl WHERE id = ?1", .integer(id))
  }

  private static let deleteKnownCrawls = """
    DELETE FROM main.crawl WHERE bucket_id = ?1 AND EXISTS (
      SELECT 1 FROM other.crawl AS theirs
      WHERE theirs.bucket_id = ?2 AND theirs.prefix = main.crawl.prefix
        AND theirs.started_ms = main.crawl.started_ms)
    """

  private static let insertListedPrefix = """
    INSERT OR REPLACE INTO main.listed_prefix (bucket_id, prefix, crawl_id, state, synced_ms)
    VALUES (?1, ?2, ?3, ?4, ?5)
    """

  private static let copyCrawls = [
    """
    INSERT INTO main.crawl (id, bucket_id, prefix, state, started_ms, finished_ms, journaled, error,
      ordered, versions)
    SELECT id + ?3, ?1, prefix, state, started_ms, finished_ms, journaled, error, ordered, versions
    FROM other.crawl WHERE bucket_id = ?2 ORDER BY id
    """,
    """
    INSERT INTO main.sync_crawl
      (sync_id, crawl_id, objects, added, changed, removed, versions)
    SELECT sync.id, share.crawl_id + ?3, share.objects, share.added, share.changed, share.removed,
      share.versions
    FROM other.crawl CROSS JOIN other.sync_crawl AS share ON share.crawl_id = crawl.id
    CROSS JOIN joined_sync AS sync ON sync.other_id = share.sync_id
    WHERE crawl.bucket_id = ?2 AND ?1 > 0
    """,
    """
    INSERT INTO main.crawl_range (crawl_id, lo, hi, cursor, objects, done, versions)
    SELECT crawl_id + ?3, lo, hi, cursor, objects, done, range.versions
    FROM other.crawl CROSS JOIN other.crawl_range AS range ON range.crawl_id = crawl.id
    WHERE crawl.bucket_id = ?2 AND ?1 > 0
    """,
    """
    INSERT INTO main.crawl_mark (crawl_id, key, objects)
    SELECT crawl_id + ?3, key, objects
    FROM other.crawl CROSS JOIN other.crawl_mark AS mark ON mark.crawl_id = crawl.id
    WHERE crawl.bucket_id = ?2 AND ?1 > 0
    """,
  ]
}
