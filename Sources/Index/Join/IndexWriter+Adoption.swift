internal import SQLite
internal import Vocabulary

extension IndexWriter {
  /// Makes what is stored of a bucket what the other index has of it.
  ///
  /// Prefixes that were listed here after that stay as they are.
  func adopt(
    _ bucket: OtherBucket, over known: OtherBucket?, _ row: BucketRow, _ adoption: inout Adoption
  ) throws {
    let isAnother = known.map { bucket.wasMadeAfter($0) == true } ?? false
    let kept = try isAnother ? [] : laterPrefixes(of: row.id, than: bucket)
    if known != nil { try removeContents(of: row.id, but: kept) }
    try copyRows(of: bucket, into: row.id, but: kept)
    try row.adopt(bucket.id, isAnother: isAnother, in: connection)
    bytesOfBuckets[row.id] = nil
    if try kept.isEmpty && hasSamePrefixDepth() {
      for sql in Self.copySums { try connection.run(sql, .integer(row.id), .integer(bucket.id)) }
      try requireSums(of: row.id)
    } else {
      try sumEverythingAgain(row.id)
    }
    try connection.run(
      "INSERT INTO joined_bucket (other_id, id) VALUES (?1, ?2)", .integer(bucket.id),
      .integer(row.id))
    try adoptCrawls(of: bucket.id, into: row.id, keeping: kept, adoption)
    adoption.adopted.insert(bucket.address)
    adoption.ids.append(row.id)
  }

  /// The uploads of a bucket, which are listed apart, where they were listed there later.
  func adoptUploads(of bucket: OtherBucket, over known: OtherBucket?, _ row: BucketRow) throws {
    let isLater = known.flatMap { bucket.wasMadeAfter($0) }
    if isLater == true {
      try connection.run("DELETE FROM main.upload WHERE bucket_id = ?1", .integer(row.id))
    }
    let before = isLater == true ? nil : known?.uploadsSynced
    guard let moment = bucket.uploadsSynced, isLater != false,
      before.map({ $0 < moment }) ?? true
    else { return }
    try connection.run("DELETE FROM main.upload WHERE bucket_id = ?1", .integer(row.id))
    try connection.run(Self.copyUploads, .integer(row.id), .integer(bucket.id))
    try row.setUploadsSynced(at: moment, in: connection)
  }

  /// Prefixes that were listed here later than all of the bucket was there, widest first.
  private func laterPrefixes(of bucketID: Int64, than bucket: OtherBucket) throws -> [Key] {
    try connection.all(
      """
      SELECT prefix FROM listed_prefix
      WHERE bucket_id = ?1 AND state = ?2 AND synced_ms > ?3 ORDER BY prefix
      """, .integer(bucketID), .state(BucketState.complete),
      .integer(bucket.synced?.millisecondsSinceEpoch ?? .max)
    ) { Key($0.bytes(at: 0)) }
    .reduce(into: []) { widest, prefix in
      if widest.last.map({ !prefix.bytes.starts(with: $0.bytes) }) ?? true {
        widest.append(prefix)
      }
    }
  }

  private func hasSamePrefixDepth() throws -> Bool {
    let depths = try ["main", "other"].map { database in
      try connection.first(
        "SELECT value FROM \(database).setting WHERE name = 'prefix_depth'"
      ) { $0.string(at: 0) }
    }
    return depths[0] == depths[1]
  }

  // MARK: - Rows

  private func removeContents(of bucketID: Int64, but kept: [Key]) throws {
    for interval in KeyInterval.all(but: kept) {
      for table in ["object", "object_version", "bucket_mark"] {
        try connection.run(
          "DELETE FROM main.\(table) WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3",
          .integer(bucketID), .text(interval.lower.bytes), interval.upperBound)
      }
    }
    for table in ["bucket_usage", "prefix_usage", "version_usage", "prefix_version_usage"] {
      try connection.run("DELETE FROM main.\(table) WHERE bucket_id = ?1", .integer(bucketID))
    }
  }

  private func copyRows(
    of bucket: OtherBucket, into bucketID: Int64, but kept: [Key]
  ) throws {
    var (objects, versions): (Int64, Int64) = (0, 0)
    for interval in KeyInterval.all(but: kept) {
      func copy(_ sql: String) throws -> Int64 {
        try connection.run(
          sql, .integer(bucketID), .integer(bucket.id), .text(interval.lower.bytes),
          interval.upperBound)
        return connection.rowsChanged
      }
      objects += try copy(Self.copyObjects)
      versions += try copy(Self.copyVersions)
      _ = try copy(Self.copyMarks)
    }
    guard kept.isEmpty else { return }
    let stated = try connection.first(Self.countStated, .integer(bucket.id)) {
      ($0.int64(at: 0), $0.int64(at: 1))
    }
    guard let stated, stated == (objects, versions) else {
      throw Adoption.Difference(
        finding:
          "\(bucket.identity.name) has \(objects) objects and \(versions) versions, and its sums say "
          + "\(stated?.0 ?? 0) and \(stated?.1 ?? 0)")
    }
  }

  private static let countStated = """
    SELECT coalesce((SELECT sum(objects) FROM other.bucket_usage WHERE bucket_id = ?1), 0),
      coalesce((SELECT sum(objects + markers) FROM other.version_usage WHERE bucket_id = ?1), 0)
    """

  /// The bytes of what was copied are counted once more.
  private func requireSums(of bucketID: Int64) throws {
    let all = KeyInterval(prefix: .start)
    let stored = try SaturatingSQL.trying { sum in
      try connection.first(
        """
        SELECT \(sum.text(of: "size")) FROM main.object
        WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3
        """, .integer(bucketID), .text(all.lower.bytes), all.upperBound
      ) { $0.int64(at: 0) }
    }
    let stated = try rolledUpUsage(of: bucketID).bytes
    guard stored == stated else {
      throw Adoption.Difference(
        finding: "objects have \(stored ?? 0) bytes, and their sums say \(stated)")
    }
  }

  private static let copyObjects = """
    INSERT INTO main.object
      (bucket_id, key, size, last_modified_ms, etag, storage_class_id, version_id)
    SELECT ?1, row.key, row.size, row.last_modified_ms, row.etag, class.id, row.version_id
    FROM other.object AS row CROSS JOIN joined_class AS class ON class.other_id = row.storage_class_id
    WHERE row.bucket_id = ?2 AND row.key >= ?3 AND row.key < ?4
    ORDER BY row.key
    """

  private static let copyVersions = """
    INSERT INTO main.object_version (bucket_id, key, rank, version_id, kind, size, last_modified_ms, etag,
      storage_class_id)
    SELECT ?1, key, rank, version_id, kind, size, last_modified_ms, etag,
      (SELECT id FROM joined_class WHERE other_id = storage_class_id)
    FROM other.object_version
    WHERE bucket_id = ?2 AND key >= ?3 AND key < ?4
    ORDER BY key, rank
    """

  private static let copyMarks = """
    INSERT INTO main.bucket_mark (bucket_id, key, objects)
    SELECT ?1, key, objects FROM other.bucket_mark WHERE bucket_id = ?2 AND key >= ?3 AND key < ?4
    """

  private static let copyUploads = """
    INSERT INTO main.upload (bucket_id, key, upload_id, initiated_ms, storage_class_id, parts, bytes)
    SELECT ?1, key, upload_id, initiated_ms, class.id, parts, bytes
    FROM other.upload CROSS JOIN joined_class AS class ON class.other_id = storage_class_id
    WHERE bucket_id = ?2
    """

  private static let copySums = [
    """
    INSERT INTO main.bucket_usage
      (bucket_id, storage_class_id, objects, bytes, small_objects, small_bytes)
    SELECT ?1, class.id, objects, bytes, small_objects, small_bytes
    FROM other.bucket_usage CROSS JOIN joined_class AS class ON class.other_id = storage_class_id
    WHERE bucket_id = ?2
    """,
    """
    INSERT INTO main.version_usage
      (bucket_id, storage_class_id, objects, bytes, markers, small_objects, small_bytes)
    SELECT ?1, class.id, objects, bytes, markers, small_objects, small_bytes
    FROM other.version_usage CROSS JOIN joined_class AS class ON class.other_id = storage_class_id
    WHERE bucket_id = ?2
    """,
    """
    INSERT INTO main.prefix_usage (bucket_id, depth, prefix, objects, bytes)
    SELECT ?1, depth, prefix, objects, bytes FROM other.prefix_usage WHERE bucket_id = ?2
    """,
    """
    INSERT INTO main.prefix_version_usage (bucket_id, depth, prefix, objects, bytes, markers)
    SELECT ?1, depth, prefix, objects, bytes, markers FROM other.prefix_version_usage
    WHERE bucket_id = ?2
    """,
  ]
}

extension KeyInterval {
  /// All keys but those that begin with one of these prefixes, which are in order and apart.
  fileprivate static func all(but prefixes: [Key]) -> [KeyInterval] {
    var intervals: [KeyInterval] = []
    var lower: Key? = .start
    for prefix in prefixes {
      if let from = lower, from < prefix {
        intervals.append(KeyInterval(lower: from, upper: prefix))
      }
      lower = prefix.prefixUpperBound
    }
    if let lower { intervals.append(KeyInterval(lower: lower, upper: nil)) }
    return intervals
  }
}
