internal import SQLite
internal import Vocabulary

extension CheckPass {
  /// Ranges of unfinished crawls, which tile what is listed, and marks, which cut buckets.
  mutating func findCrawls() throws {
    let crawls = try connection.all(
      """
      SELECT DISTINCT crawl.id, crawl.bucket_id FROM crawl_range JOIN crawl ON crawl.id = crawl_id
      ORDER BY crawl.id
      """
    ) { (id: $0.int64(at: 0), bucketID: $0.int64(at: 1)) }
    let wanted = Set(buckets.map(\.id))
    for crawl in crawls where wanted.contains(crawl.bucketID) {
      try findRanges(of: crawl.id, bucketID: crawl.bucketID)
    }
    for bucket in buckets { try findMarks(of: bucket.id) }
  }

  private mutating func findRanges(of crawlID: Int64, bucketID: Int64) throws {
    struct Range {
      var lo: [UInt8]
      var hi: [UInt8]?
      var cursor: [UInt8]
      var isDone: Bool
    }
    let ranges = try connection.all(
      "SELECT lo, hi, cursor, done FROM crawl_range WHERE crawl_id = ?1 ORDER BY lo",
      .integer(crawlID)
    ) { row in
      Range(
        lo: row.bytes(at: 0), hi: row.isNull(at: 1) ? nil : row.bytes(at: 1),
        cursor: row.bytes(at: 2), isDone: row.int64(at: 3) != 0)
    }
    func isBefore(_ left: [UInt8], _ right: [UInt8]) -> Bool {
      left.lexicographicallyPrecedes(right)
    }
    var end: [UInt8]? = []
    for range in ranges {
      if range.lo != end {
        note(
          CheckFinding(
            "crawl_range", bucketID, at: range.lo,
            expected: "a range that begins where the one before ends",
            found: "one that begins elsewhere", .crawl))
      }
      let isWithin =
        !isBefore(range.cursor, range.lo) && (range.hi.map { !isBefore($0, range.cursor) } ?? true)
      if !isWithin {
        note(
          CheckFinding(
            "crawl_range", bucketID, at: range.cursor, expected: "a cursor within its range",
            found: "one outside", .crawl))
      }
      end = range.hi
    }
    if let end, !ranges.isEmpty {
      note(
        CheckFinding(
          "crawl_range", bucketID, at: end, expected: "a last range without an end",
          found: "one that ends", .crawl))
    }
  }

  /// A mark stands for the objects since the one before.
  private mutating func findMarks(of bucketID: Int64) throws {
    let bad = try connection.all(
      """
      SELECT key, objects FROM (
        SELECT key, objects, lag(key) OVER (ORDER BY key) AS before FROM bucket_mark
        WHERE bucket_id = ?1)
      WHERE objects < 0 OR key = '' OR before >= key
      """, .integer(bucketID)
    ) { ($0.bytes(at: 0), $0.int64(at: 1)) }
    for (key, objects) in bad {
      note(
        CheckFinding(
          "bucket_mark", bucketID, at: key, expected: "keys in order, each with a count",
          found: "a mark with \(objects) objects", .crawl))
    }
  }
}
