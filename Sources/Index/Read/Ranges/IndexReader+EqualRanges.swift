internal import SQLite
package import Vocabulary

extension IndexReader {
  /// Ranges of a bucket's keys below a prefix with about as many objects each, as the index has them: they tile.
  ///
  /// Where the last crawl left marks, only the rows about each cut are read.
  ///
  /// - Throws: `TooFewKeys` where there are not so many objects.
  package func equalRanges(
    of bucket: BucketSummary, below prefix: Key, _ goal: RangeGoal
  ) throws -> [(keys: KeyRange, objects: Int64)] {
    let parts = try markedParts(of: bucket.id, below: prefix)
    let total = parts.lazy.map(\.objects).saturatedSum()
    let count = goal.count(of: total)
    guard count <= max(1, total) else { throw TooFewKeys(keys: total, ranges: count) }
    var cuts: [(key: Key, before: Int64)] = []
    var (place, before) = (0, Int64(0))
    for number in stride(from: 1, to: count, by: 1) {
      // Of both numbers the products fit: there are fewer ranges than objects, and the sum is of rows.
      let sought = Int64((Double(total) * Double(number) / Double(count)).rounded())
      while place < parts.count, before.plus(parts[place].objects) < sought {
        before = before.plus(parts[place].objects)
        place += 1
      }
      guard place < parts.count,
        let key = try key(at: sought.minus(before), of: parts[place], in: bucket.id),
        cuts.last.map({ key > $0.key }) ?? true
      else { continue }
      cuts.append((key, sought))
    }
    var lower = (key: Key.start, before: Int64(0))
    return (cuts.map { Optional($0) } + [nil]).map { cut in
      defer { lower = cut ?? lower }
      return (
        KeyRange(lower: lower.key, upper: cut?.key), (cut?.before ?? total).minus(lower.before)
      )
    }
  }

  /// Keys between two marks, and how many of them there are.
  private struct MarkedPart {
    var keys: KeyInterval
    var objects: Int64
    /// The last of them; nil behind the last mark.
    var last: Key?
  }

  private func markedParts(of bucketID: Int64, below prefix: Key) throws -> [MarkedPart] {
    let interval = KeyInterval(prefix: prefix)
    let marks = try connection.all(
      Self.selectMarks, .integer(bucketID), .text(interval.lower.bytes), interval.upperBound
    ) { KeyMark(key: Key($0.bytes(at: 0)), objects: $0.int64(at: 1)) }
    var parts: [MarkedPart] = []
    var lower = interval.lower
    for mark in marks {
      let keys = KeyInterval(lower: lower, upper: mark.key.successor)
      // The first mark below a prefix counts what is before the prefix, too.
      let objects = parts.isEmpty ? try self.count(keys, in: bucketID) : mark.objects
      parts.append(MarkedPart(keys: keys, objects: objects, last: mark.key))
      lower = mark.key.successor
    }
    let rest = KeyInterval(lower: lower, upper: interval.upper)
    parts.append(MarkedPart(keys: rest, objects: try count(rest, in: bucketID), last: nil))
    return parts
  }

  private func count(_ keys: KeyInterval, in bucketID: Int64) throws -> Int64 {
    try connection.first(
      Self.countKeys, .integer(bucketID), .text(keys.lower.bytes), keys.upperBound
    ) { $0.int64(at: 0) } ?? 0
  }

  /// The key that so many objects of a part come up to; its last where rows have gone since it was counted.
  private func key(at number: Int64, of part: MarkedPart, in bucketID: Int64) throws -> Key? {
    if number >= part.objects, let last = part.last { return last }
    return try connection.first(
      Self.selectKeyAt, .integer(bucketID), .text(part.keys.lower.bytes), part.keys.upperBound,
      .integer(max(0, number - 1))
    ) { Key($0.bytes(at: 0)) } ?? part.last
  }

  private static let selectMarks = """
    SELECT key, objects FROM bucket_mark WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3 ORDER BY key
    """
  private static let countKeys = """
    SELECT count(*) FROM object WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3
    """
  private static let selectKeyAt = """
    SELECT key FROM object WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3
    ORDER BY key LIMIT 1 OFFSET ?4
    """
}
