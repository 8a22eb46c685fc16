internal import Dispatch
internal import SQLite
internal import Synchronization
internal import System
internal import Vocabulary

/// What is stored of a bucket's objects, counted row by row.
struct StoredSums: Equatable, Sendable {
  var objects: Int64 = 0
  var bytes: Int64 = 0
  /// Those of fewer than 131,072 bytes.
  var small = Usage()
  /// The latest time of an object.
  var newestMs: Int64?
  /// None where they were not asked for.
  var versions = StoredVersions()
  /// How many objects say something of their version ids; 0 where it was not asked for.
  var versionIDs: Int64 = 0

  /// Reads adjoining parts of a bucket side by side, each with a connection and a thread of its own.
  ///
  /// Blocks until all are read. The rows must be committed, and nobody may write meanwhile.
  static func read(
    _ parts: [KeyInterval], of bucketID: Int64, path: String, withVersions: Bool = false,
    withVersionIDs: Bool = false
  ) throws -> StoredSums {
    let results = Mutex<[Result<StoredSums, any Error>]>([])
    DispatchQueue.concurrentPerform(iterations: parts.count) { index in
      let result = Result {
        try read(
          parts[index], of: bucketID, path: path, withVersions: withVersions,
          withVersionIDs: withVersionIDs)
      }
      results.withLock { $0.append(result) }
    }
    return try results.withLock { $0 }.reduce(into: StoredSums()) { sums, part in
      let part = try part.get()
      sums.objects = sums.objects.plus(part.objects)
      sums.bytes = sums.bytes.plus(part.bytes)
      sums.small += part.small
      sums.versions += part.versions
      sums.versionIDs += part.versionIDs
      sums.newestMs = [sums.newestMs, part.newestMs].compactMap(\.self).max()
    }
  }

  private static func read(
    _ part: KeyInterval, of bucketID: Int64, path: String, withVersions: Bool,
    withVersionIDs: Bool
  ) throws -> StoredSums {
    let connection = try Connection(path: RealPath.of(path), mode: .readOnly)
    try connection.setBusyTimeout(milliseconds: 60_000)
    var sums = try SaturatingSQL.trying { sum in
      try connection.first(
        sql(sum, withVersionIDs), .integer(bucketID), .text(part.lower.bytes), part.upperBound,
        .integer(SmallObject.sizeMin)
      ) {
        StoredSums(
          objects: $0.int64(at: 0), bytes: $0.int64(at: 1),
          small: Usage(objects: $0.int64(at: 4), bytes: $0.int64(at: 5)),
          newestMs: $0.optionalInt64(at: 2),
          versionIDs: $0.int64(at: 3))
      } ?? StoredSums()
    }
    if withVersions { sums.versions = try .read(part, of: bucketID, on: connection) }
    return sums
  }

  static let sql = sql(.exact, false)

  private static func sql(_ sum: SaturatingSQL, _ withVersionIDs: Bool) -> String {
    """
    SELECT count(*), \(sum.text(of: "size")), max(last_modified_ms),
      \(withVersionIDs ? "count(version_id)" : "0"), count(*) FILTER (WHERE size < ?4),
      coalesce(sum(size) FILTER (WHERE size < ?4), 0) FROM object
    WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3
    """
  }
}

extension KeyInterval {
  /// This interval cut at keys inside it, which are in order; each begins a part.
  func cut(at keys: [Key]) -> [KeyInterval] {
    var parts: [KeyInterval] = []
    var lower = self.lower
    for key in keys where key > lower && contains(key) {
      parts.append(KeyInterval(lower: lower, upper: key))
      lower = key
    }
    return parts + [KeyInterval(lower: lower, upper: upper)]
  }
}
