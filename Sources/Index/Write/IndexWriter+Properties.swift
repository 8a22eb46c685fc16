internal import SQLite
package import Vocabulary

extension IndexWriter {
  /// Records how a bucket is set up, as it was just read.
  ///
  /// Properties that are not among these keep what an earlier sync read. It is committed with what
  /// the crawl lists.
  package func record(_ properties: [BucketProperty], of plan: CrawlPlan) throws {
    try inBatch(rows: properties.count) {
      for property in properties {
        try connection.run(
          Self.upsertProperty, .integer(plan.bucketID), .text(property.name.rawValue),
          .state(property.state), property.value.map { .text($0) } ?? .null,
          property.document.map { .text($0) } ?? .null,
          property.error.map { .text($0) } ?? .null, .integer(now().millisecondsSinceEpoch))
      }
    }
  }

  private static let upsertProperty = """
    INSERT INTO bucket_property (bucket_id, property, state, value, document, error, read_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT DO UPDATE SET
      state = excluded.state, value = excluded.value, document = excluded.document,
      error = excluded.error, read_ms = excluded.read_ms
    """
}
