internal import SQLite
internal import System
internal import Vocabulary

/// The differences between one page and the index rows of the keys it covers.
///
/// Both sides are in key order, so one walk over both finds them: nothing is written for an object
/// that is the same, and nothing outside the covered keys is touched.
struct PageMerge {
  /// How many objects of the page lie in the covered keys.
  var listed = 0
  /// Positions in the page of objects that the index does not have.
  var inserts: [Int] = []
  var updates: [Update] = []
  var deletes: [Row] = []
  /// Positions in the page of objects that are the same, and whose version ids are not.
  var relabels: [Int] = []
  /// Positions in the page of objects that are the same, and whose ETags nobody had told.
  var fills: [Int] = []

  /// The latest time among the rows that go or change; nil when none does.
  var newestGoneMs: Int64? {
    (deletes.lazy.map(\.lastModifiedMs) + updates.lazy.map(\.before.lastModifiedMs)).max()
  }

  var counts: ChangeCounts {
    ChangeCounts(
      objects: Int64(listed), added: Int64(inserts.count), changed: Int64(updates.count),
      removed: Int64(deletes.count))
  }

  struct Update {
    /// Position in the page.
    var record: Int
    var before: Row
  }

  /// What the rollups and the journal need of a row that goes or changes.
  struct Row {
    var key: [UInt8]
    var size: Int64
    var lastModifiedMs: Int64
    var storageClassID: Int64
  }

  /// No differences yet.
  init() {}

  /// Compares a page of objects with the rows of one bucket.
  ///
  /// `interval` is the keys that the page is the whole truth about; records outside it are ignored.
  /// `storageClassIDs` is the index's id for each of the page's storage classes. Version ids of objects
  /// that were written at `doubtedSince` or later are no longer to be believed; nil where there are none.
  /// `nullIDsBefore` is as in `CrawlPlan`.
  init(
    page: ObjectPage, bucketID: Int64, interval: KeyInterval, storageClassIDs: [Int64],
    doubtedSince: Timestamp?, nullIDsBefore: Timestamp? = nil, on connection: borrowing Connection
  ) throws {
    let covered = Self.records(of: page, in: interval)
    listed = covered.count
    var next = covered.lowerBound
    let doubtedSince = doubtedSince?.millisecondsSinceEpoch
    let sql = doubtedSince == nil ? Self.selectRows : Self.selectRowsWithVersions
    try connection.withStatement(sql) { rows in
      try rows.bind(bucketID, at: 1)
      try rows.bind(text: interval.lower.bytes, at: 2)
      try rows.bind(interval.upperBound, at: 3)
      while try rows.step() {
        // Stays positive when the page has no more keys: then no object matches the row.
        var order: Int32 = 1
        while next < covered.upperBound {
          order = rows.withText(at: 0) {
            Self.order(of: page, page.records[next].key, relativeTo: $0)
          }
          guard order < 0 else { break }
          inserts.append(next)
          next += 1
          order = 1
        }
        guard order == 0 else {
          deletes.append(Self.row(rows))
          continue
        }
        if Self.differs(page, next, rows, storageClassIDs) {
          updates.append(Update(record: next, before: Self.row(rows)))
        } else {
          if Self.tellsETag(page, next, rows) { fills.append(next) }
          if let doubtedSince, rows.int64(at: 2) >= doubtedSince,
            Self.knowsID(rows, nullIDsBefore)
          {
            relabels.append(next)
          }
        }
        next += 1
      }
    }
    inserts += next..<covered.upperBound
  }

  /// Whether the version id of a row of `selectRowsWithVersions` is known.
  private static func knowsID(_ row: borrowing Statement, _ nullIDsBefore: Timestamp?) -> Bool {
    guard row.isNull(at: versionIDColumn) else {
      return row.withText(at: versionIDColumn) { !$0.isEmpty }
    }
    return isNullID(row, nullIDsBefore)
  }

  /// Whether a row without a version id of its own has the id `null`.
  static func isNullID(_ row: borrowing Statement, _ nullIDsBefore: Timestamp?) -> Bool {
    nullIDsBefore.map { row.int64(at: 2) < $0.millisecondsSinceEpoch } ?? false
  }

  private static let selectRows = """
    SELECT key, size, last_modified_ms, etag, storage_class_id
    FROM object
    WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3
    ORDER BY key
    """

  static let versionIDColumn: Int32 = 5

  static let selectRowsWithVersions = """
    SELECT key, size, last_modified_ms, etag, storage_class_id, version_id
    FROM object
    WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3
    ORDER BY key
    """

  static func records(of page: ObjectPage, in interval: KeyInterval) -> Range<Int> {
    var range = page.records.indices
    while let first = range.first, page.key(at: first) < interval.lower { range.removeFirst() }
    if let upper = interval.upper {
      while let last = range.last, page.key(at: last) >= upper { range.removeLast() }
    }
    return range
  }

  /// Whether an object of the page is another one than a row of it.
  ///
  /// An ETag that is not known makes no difference.
  static func differs(
    _ page: ObjectPage, _ index: Int, _ row: borrowing Statement, _ storageClassIDs: [Int64]
  ) -> Bool {
    let record = page.records[index]
    return row.int64(at: 1) != record.size
      || row.int64(at: 2) != record.lastModified.millisecondsSinceEpoch
      || row.int64(at: 4) != storageClassIDs[Int(record.storageClass)]
      || row.withText(at: 3) {
        order(of: page, record.etag, relativeTo: $0) != 0 && !$0.isUnknownETag
          && !page.text.span.extracting(record.etag.range).isUnknownETag
      }
  }

  /// Whether the page has the ETag of an object of which the row has none.
  static func tellsETag(_ page: ObjectPage, _ index: Int, _ row: borrowing Statement) -> Bool {
    row.withText(at: 3) {
      $0.isUnknownETag && !page.text.span.extracting(page.records[index].etag.range).isUnknownETag
    }
  }

  static func row(_ row: borrowing Statement) -> Row {
    Row(
      key: row.bytes(at: 0), size: row.int64(at: 1), lastModifiedMs: row.int64(at: 2),
      storageClassID: row.int64(at: 4))
  }

  /// Negative, zero or positive as a text of the page sorts before, with or after `right`: SQLite's
  /// BINARY collation.
  static func order(
    of page: ObjectPage, _ slice: ObjectPage.Slice, relativeTo right: Span<UInt8>
  ) -> Int32 {
    byteOrder(of: page.text.span.extracting(slice.range), relativeTo: right)
  }

  /// Whether two texts of a page are the same.
  static func isSameText(
    _ page: ObjectPage, _ left: ObjectPage.Slice, _ right: ObjectPage.Slice
  ) -> Bool {
    guard left.count == right.count else { return false }
    return order(of: page, left, relativeTo: page.text.span.extracting(right.range)) == 0
  }
}
