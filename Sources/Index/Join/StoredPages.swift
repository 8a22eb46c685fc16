internal import SQLite
internal import Vocabulary

/// Hands out what another index has of a range of a bucket as pages, in the order of keys.
struct StoredPages {
  let bucketID: Int64
  /// What is still to be handed out.
  var keys: KeyInterval

  /// As many as lie between two marks of a crawl.
  private static let objectsPerPage = 2_000
  /// More do not fit into one page.
  private static let classesMax = 256

  /// The next page; without objects after the last.
  mutating func nextPage(_ connection: borrowing Connection) throws -> ObjectPage {
    var page = ObjectPage()
    page.records.reserveCapacity(Self.objectsPerPage)
    try connection.withStatement(Self.select) { rows in
      try rows.bind(bucketID, at: 1)
      try rows.bind(text: keys.lower.bytes, at: 2)
      try rows.bind(keys.upperBound, at: 3)
      try rows.bind(Int64(Self.objectsPerPage), at: 4)
      while try rows.step() {
        let name = rows.string(at: 4)
        guard page.storageClasses.count < Self.classesMax || page.storageClasses.contains(name)
        else { return }
        page.append(
          key: Key(rows.bytes(at: 0)), etag: rows.string(at: 3), size: rows.int64(at: 1),
          lastModified: Timestamp(millisecondsSinceEpoch: rows.int64(at: 2)), storageClass: name)
      }
    }
    if let last = page.lastKey { keys.lower = last.successor }
    return page
  }

  private static let select = """
    SELECT key, size, last_modified_ms, etag, name
    FROM object CROSS JOIN storage_class ON storage_class.id = storage_class_id
    WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3
    ORDER BY key LIMIT ?4
    """
}
