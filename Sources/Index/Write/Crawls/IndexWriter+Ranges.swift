internal import SQLite
package import Vocabulary

extension IndexWriter {
  /// Does what a crawl says, in its order.
  ///
  /// - Returns: what the pages found; negative objects are those of ranges that were given up.
  package func apply(
    _ steps: [CrawlStep], of plan: CrawlPlan, syncID: Int64
  ) throws -> ChangeCounts {
    var counts = ChangeCounts()
    for step in steps {
      switch step {
      case .split(let lo, let cut): try split(lo, at: cut, plan)
      case .merge(let coverage, let range):
        counts += try merge(coverage, into: range, of: plan, syncID: syncID)
      case .restart(let isOrdered):
        counts += try restart(plan, isOrdered: isOrdered, syncID: syncID)
      }
    }
    return counts
  }

  private func split(_ lo: Key, at cut: Key, _ plan: CrawlPlan) throws {
    try inBatch {
      try connection.run(
        Self.insertSecondPart, .integer(plan.crawlID), .text(lo.bytes), .text(cut.bytes))
      try connection.run(
        "UPDATE crawl_range SET hi = ?3 WHERE crawl_id = ?1 AND lo = ?2", .integer(plan.crawlID),
        .text(lo.bytes), .text(cut.bytes))
      crashOrder?.pass(.rangeSplit)
    }
  }

  /// Begins again with one range.
  ///
  /// On a first crawl what was listed goes with the checkpoints, in the same transaction: no row is
  /// there that no checkpoint tells of, and what a server says that contradicted itself is not compared
  /// with what it says now, as if it had changed. Later the rows stay, and the journal tells how they
  /// differ from those of the last complete crawl.
  private func restart(
    _ plan: CrawlPlan, isOrdered: Bool, syncID: Int64
  ) throws -> ChangeCounts {
    try inBatch {
      try connection.run(
        "UPDATE crawl SET ordered = ?2 WHERE id = ?1", .integer(plan.crawlID),
        .integer(isOrdered ? 1 : 0))
      let ranges = try ranges(of: plan.crawlID)
      if !plan.isJournaled { try removeListed(ranges, plan) }
      try forgetProgress(of: plan.crawlID)
      try insertWholeRange(of: plan.crawlID)
      var counts = try giveUpCounts(of: plan, syncID: syncID)
      counts.objects = Int64(0).minus(ranges.lazy.map(\.objects).saturatedSum())
      counts.versions = Int64(0).minus(ranges.lazy.map(\.versions).saturatedSum())
      return counts
    }
  }

  /// Counts nothing any more of what is listed again, in this sync and in earlier ones of the crawl.
  ///
  /// - Returns: what this sync no longer counts as added, changed and removed, as negative numbers.
  private func giveUpCounts(of plan: CrawlPlan, syncID: Int64) throws -> ChangeCounts {
    // The sync has a part in the crawl, whatever it lists of it.
    try add(ChangeCounts(), of: plan, syncID: syncID)
    guard !plan.isJournaled else {
      try connection.run(Self.giveUpListed, .integer(plan.crawlID))
      return ChangeCounts()
    }
    let own = try connection.first(
      "SELECT added, changed, removed FROM sync_crawl WHERE sync_id = ?1 AND crawl_id = ?2",
      .integer(syncID), .integer(plan.crawlID)
    ) { row in
      ChangeCounts(
        added: Int64(0).minus(row.int64(at: 0)), changed: Int64(0).minus(row.int64(at: 1)),
        removed: Int64(0).minus(row.int64(at: 2)))
    }
    try connection.run(Self.giveUpListed, .integer(plan.crawlID))
    try connection.run(
      "UPDATE sync_crawl SET added = 0, changed = 0, removed = 0 WHERE crawl_id = ?1",
      .integer(plan.crawlID))
    return own ?? ChangeCounts()
  }

  private static let giveUpListed = """
    UPDATE sync_crawl SET objects = 0, versions = CASE WHEN versions IS NOT NULL THEN 0 END
    WHERE crawl_id = ?1
    """

  /// Records the one range of a crawl that has listed nothing yet.
  func insertWholeRange(of crawlID: Int64) throws {
    try connection.run(
      "INSERT INTO crawl_range (crawl_id, lo, hi, cursor) VALUES (?1, '', NULL, '')",
      .integer(crawlID))
  }

  /// Drops the ranges and marks of a crawl that will not be taken up.
  func forgetProgress(of crawlID: Int64) throws {
    try connection.run("DELETE FROM crawl_range WHERE crawl_id = ?1", .integer(crawlID))
    try connection.run("DELETE FROM crawl_mark WHERE crawl_id = ?1", .integer(crawlID))
  }

  private static let insertSecondPart = """
    INSERT INTO crawl_range (crawl_id, lo, hi, cursor)
    SELECT crawl_id, ?3, hi, ?3 FROM crawl_range WHERE crawl_id = ?1 AND lo = ?2
    """
}

// MARK: - Marks

extension IndexWriter {
  /// Objects of a range between two marks of a running crawl.
  private static let objectsPerMark: Int64 = 2_000
  /// Marks that are kept of a bucket: enough to cut it into parts that differ by little.
  private static let marksMax: Int64 = 4_096
  /// Objects between two kept marks, at least: a part smaller than a page saves no request.
  private static let objectsPerPartMin: Int64 = 1_000

  /// Notes a mark at the cursor of a range that went on by `objects` to `total`.
  func noteMark(
    at cursor: Key, total: Int64, objects: Int64, isDone: Bool, _ plan: CrawlPlan
  ) throws {
    let before = total.minus(objects) / Self.objectsPerMark
    guard objects > 0, isDone || total / Self.objectsPerMark > before else { return }
    try connection.run(
      "INSERT OR REPLACE INTO crawl_mark (crawl_id, key, objects) VALUES (?1, ?2, ?3)",
      .integer(plan.crawlID), .text(cursor.bytes), .integer(total))
  }

  /// Makes the marks of a complete crawl those of its bucket, or of its prefix.
  func keepMarks(_ plan: CrawlPlan) throws {
    let interval = KeyInterval(prefix: plan.prefix)
    try connection.withStatement(
      "DELETE FROM bucket_mark WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3"
    ) { statement in
      try statement.bind(plan.bucketID, at: 1)
      try statement.bind(text: interval.lower.bytes, at: 2)
      try statement.bind(interval.upperBound, at: 3)
      try statement.run()
    }
    // Keys of a listing without order do not cut it.
    let isOrdered = try connection.first(
      "SELECT ordered FROM crawl WHERE id = ?1", .integer(plan.crawlID)
    ) { $0.int64(at: 0) != 0 }
    guard isOrdered == true else { return }
    let marks = try crawlMarks(plan)
    let objects = marks.lazy.map(\.objects).saturatedSum()
    let least = max(Self.objectsPerPartMin, objects / Self.marksMax)
    var sum: Int64 = 0
    for (index, mark) in marks.enumerated() {
      sum = sum.plus(mark.objects)
      guard sum >= least || index == marks.count - 1 else { continue }
      try connection.run(
        "INSERT INTO bucket_mark (bucket_id, key, objects) VALUES (?1, ?2, ?3)",
        .integer(plan.bucketID), .text(mark.key.bytes), .integer(sum))
      sum = 0
    }
  }

  /// Objects for each counting thread, at least: with fewer, one thread is as fast as two.
  private static let objectsPerThreadMin: Int64 = 100_000
  private static let threadsMax: Int64 = 4

  /// Keys that cut what a crawl listed into parts of about the same size, one for each thread.
  func keysOfEqualParts(_ plan: CrawlPlan) throws -> [Key] {
    let marks = try crawlMarks(plan)
    let objects = marks.lazy.map(\.objects).saturatedSum()
    let threads = min(Self.threadsMax, objects / Self.objectsPerThreadMin)
    guard threads > 1 else { return [] }
    var keys: [Key] = []
    var sum: Int64 = 0
    for mark in marks {
      sum = sum.plus(mark.objects)
      if sum >= objects / threads * Int64(keys.count + 1) { keys.append(mark.key) }
    }
    return Array(keys.prefix(Int(threads) - 1))
  }

  /// The marks of a crawl, with the objects since the one before.
  ///
  /// A range whose last page held keys of the next one alone ends without a mark: a cut that is no key shows nothing to
  /// those beside it. The objects since its last mark count for the next range's first.
  private func crawlMarks(_ plan: CrawlPlan) throws -> [KeyMark] {
    var ranges = try ranges(of: plan.crawlID)[...]
    func entries(_ range: CrawlRange) -> Int64 { range.objects.plus(range.versions) }
    var before: Int64 = 0
    var carried: Int64 = 0
    var marks = try connection.all(
      "SELECT key, objects FROM crawl_mark WHERE crawl_id = ?1 ORDER BY key",
      .integer(plan.crawlID)
    ) { KeyMark(key: Key($0.bytes(at: 0)), objects: $0.int64(at: 1)) }
    .map { mark in
      while let range = ranges.first, let end = range.hi, mark.key > end {
        carried = carried.plus(entries(range).minus(before))
        ranges.removeFirst()
        before = 0
      }
      defer { (before, carried) = (mark.objects, 0) }
      return KeyMark(key: mark.key, objects: mark.objects.minus(before).plus(carried))
    }
    let rest = ranges.lazy.map(entries).saturatedSum().minus(before)
    if let last = marks.indices.last { marks[last].objects = marks[last].objects.plus(rest) }
    return marks
  }

  /// The marks of a bucket below a prefix.
  func marks(of bucketID: Int64, prefix: Key) throws -> [KeyMark] {
    let interval = KeyInterval(prefix: prefix)
    return try connection.withStatement(
      """
      SELECT key, objects FROM bucket_mark
      WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3
      ORDER BY key
      """
    ) { rows in
      try rows.bind(bucketID, at: 1)
      try rows.bind(text: interval.lower.bytes, at: 2)
      try rows.bind(interval.upperBound, at: 3)
      var marks: [KeyMark] = []
      while try rows.step() {
        marks.append(KeyMark(key: Key(rows.bytes(at: 0)), objects: rows.int64(at: 1)))
      }
      return marks
    }
  }
}

extension ObjectPage {
  /// Entries that a key with a mark may have.
  private static let entriesOfMarkMax = 100

  /// Whether the last key has so many entries that no range should begin behind it: some servers list all
  /// entries of the key by whose name they are asked, and each range of a bucket costs that much again.
  ///
  ///     k v9999 … v1, then key-marker=k    AWS: what follows k    Ceph RGW, moto: v9999 … once more
  var endsWithDeepKey: Bool {
    guard let last = records.indices.last, records.count > Self.entriesOfMarkMax else {
      return false
    }
    return key(at: last - Self.entriesOfMarkMax) == key(at: last)
  }
}
