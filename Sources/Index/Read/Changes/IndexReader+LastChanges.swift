internal import SQLite
package import Vocabulary

extension IndexReader {
  /// What the last sync that listed a bucket to its end, or a prefix of it, found changed there, by the bucket's id.
  ///
  /// A sync that was refused since then, or cut off, changes nothing of this.
  package func lastChanges() throws -> [Int64: ChangeCounts] {
    var changes: [Int64: ChangeCounts] = [:]
    let rows = try connection.all(Self.selectLastChanges, .state(CrawlRowState.complete)) { row in
      (
        row.int64(at: 0),
        ChangeCounts(
          objects: row.int64(at: 1), added: row.int64(at: 2), changed: row.int64(at: 3),
          removed: row.int64(at: 4))
      )
    }
    for (bucketID, counts) in rows { changes[bucketID, default: ChangeCounts()] += counts }
    return changes
  }

  /// It finds the last complete crawl of each bucket, whose sync most buckets have in common, and then reads
  /// these syncs: there may be a crawl for each night of years.
  private static let selectLastChanges = """
    WITH last (bucket_id, sync_id) AS MATERIALIZED (
      SELECT bucket.id, (
        SELECT max(sync_id) FROM sync_crawl WHERE crawl_id = (
          SELECT crawl.id FROM crawl
          WHERE crawl.bucket_id = bucket.id AND crawl.state = ?1
          ORDER BY crawl.id DESC LIMIT 1))
      FROM bucket
    )
    SELECT crawl.bucket_id, sync_crawl.objects, added, changed, removed
    FROM (SELECT DISTINCT sync_id FROM last) AS listing
    CROSS JOIN sync_crawl ON sync_crawl.sync_id = listing.sync_id
    CROSS JOIN crawl ON crawl.id = sync_crawl.crawl_id
    CROSS JOIN last ON last.bucket_id = crawl.bucket_id AND last.sync_id = listing.sync_id
    WHERE crawl.state = ?1
    """
}
