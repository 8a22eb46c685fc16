internal import SQLite
internal import Vocabulary

/// The differences between one page of versions and the index rows of the keys it covers.
///
/// Page, objects and other versions are all in the order of keys, so one walk finds the differences. A
/// key's current version is compared with its object, and what else it has with the other rows of the
/// key, by version id. Of a key that was written once since the last crawl:
///
///     page            index                           difference
///     k v3 latest     object k v2                     object k is v3 now
///     k v2            (nothing)                       insert v2 with rank -1024
///     k v1            object_version k v1, rank 0     none
struct VersionMerge {
  /// What differs among the current versions: the rows of table `object`.
  private(set) var objects = PageMerge()
  private(set) var inserts: [Insert] = []
  private(set) var updates: [Update] = []
  /// Written before `inserts`, which may need their ranks.
  private(set) var deletes: [Row] = []
  /// Noncurrent versions and delete markers of the page, in the covered keys.
  private(set) var listed = 0
  /// Covered keys none of whose entries the server calls the latest.
  private(set) var keysWithoutLatest = 0
  /// The latest time of a current version of the page.
  private(set) var newestMs: Int64?

  let page: ObjectPage
  private let storageClassIDs: [Int64]
  private let nullIDsBefore: Timestamp?
  private let mayLackFirst: Bool
  private var hasObject = false
  private var hasRow = false

  struct Insert {
    /// Position in the page.
    var record: Int
    var rank: Int64
    var kind: VersionKind
  }

  struct Update {
    /// Position in the page.
    var record: Int
    var rank: Int64
    var kind: VersionKind
    var before: VersionShare
  }

  /// A row that goes.
  struct Row {
    var key: [UInt8]
    var rank: Int64
    var share: VersionShare
  }

  var counts: ChangeCounts {
    var counts = objects.counts
    counts.versions = Int64(listed)
    counts.keysWithoutLatest = Int64(keysWithoutLatest)
    return counts
  }

  /// Compares a page with the rows of one bucket.
  ///
  /// `interval` is the keys that the page is the whole truth about: it has all entries of each of
  /// them, in the server's order. Records outside of it are ignored. `storageClassIDs` is the index's id
  /// for each of the page's storage classes; `nullIDsBefore` is as in `CrawlPlan`.
  init(
    page: ObjectPage, bucketID: Int64, interval: KeyInterval, storageClassIDs: [Int64],
    nullIDsBefore: Timestamp? = nil, mayLackFirst: Bool = false,
    on connection: borrowing Connection
  ) throws {
    precondition(page.versions.count == page.records.count, "a page of versions has their ids")
    self.page = page
    self.storageClassIDs = storageClassIDs
    self.nullIDsBefore = nullIDsBefore
    self.mayLackFirst = mayLackFirst
    let covered = PageMerge.records(of: page, in: interval)
    var crowded: [Stack] = []
    try connection.withStatement(PageMerge.selectRowsWithVersions) { objects in
      try objects.bind(bucketID, at: 1)
      try objects.bind(text: interval.lower.bytes, at: 2)
      try objects.bind(interval.upperBound, at: 3)
      try connection.withStatement(Self.selectRows) { rows in
        try rows.bind(bucketID, at: 1)
        try rows.bind(text: interval.lower.bytes, at: 2)
        try rows.bind(interval.upperBound, at: 3)
        crowded = try walk(covered, &objects, &rows)
      }
    }
    for stack in crowded { try renumber(stack, bucketID: bucketID, on: connection) }
  }

  // MARK: - The walk

  /// - Returns: the entries of keys among whose rows there is no room for new ones.
  private mutating func walk(
    _ covered: Range<Int>, _ objects: inout Statement, _ rows: inout Statement
  ) throws -> [Stack] {
    hasObject = try objects.step()
    hasRow = try rows.step()
    var crowded: [Stack] = []
    var start = covered.lowerBound
    while start < covered.upperBound {
      let end = endOfStack(from: start, to: covered.upperBound)
      let stack = Stack(start..<end, of: page)
      if !stack.hasLatest, start > covered.lowerBound || !mayLackFirst { keysWithoutLatest += 1 }
      try compareObject(of: stack, &objects)
      listed += Entries(of: stack).count
      if try !compareRows(of: stack, &rows) { crowded.append(stack) }
      start = end
    }
    while hasObject {
      self.objects.deletes.append(PageMerge.row(objects))
      hasObject = try objects.step()
    }
    while hasRow {
      deletes.append(Self.row(rows))
      hasRow = try rows.step()
    }
    return crowded
  }

  private func endOfStack(from start: Int, to end: Int) -> Int {
    var next = start + 1
    while next < end, PageMerge.isSameText(page, page.records[next].key, page.records[start].key) {
      next += 1
    }
    return next
  }

  private mutating func compareObject(of stack: Stack, _ rows: inout Statement) throws {
    let isStored = try nextObject(isOf: stack.first, &rows)
    if let current = stack.current {
      objects.listed += 1
      let time = page.records[current].lastModified.millisecondsSinceEpoch
      newestMs = max(newestMs ?? time, time)
      if !isStored {
        objects.inserts.append(current)
      } else if PageMerge.differs(page, current, rows, storageClassIDs) {
        objects.updates.append(PageMerge.Update(record: current, before: PageMerge.row(rows)))
      } else {
        if PageMerge.tellsETag(page, current, rows) { objects.fills.append(current) }
        if !isSameObjectID(current, rows) { objects.relabels.append(current) }
      }
    } else if isStored {
      objects.deletes.append(PageMerge.row(rows))
    }
    if isStored { hasObject = try rows.step() }
  }

  /// Passes objects whose keys sort before that of `record`, which are gone.
  ///
  /// - Returns: whether the next object has its key.
  private mutating func nextObject(isOf record: Int, _ rows: inout Statement) throws -> Bool {
    while hasObject {
      let order = rows.withText(at: 0) {
        PageMerge.order(of: page, page.records[record].key, relativeTo: $0)
      }
      guard order > 0 else { return order == 0 }
      objects.deletes.append(PageMerge.row(rows))
      hasObject = try rows.step()
    }
    return false
  }

  private mutating func nextRow(isOf record: Int, _ rows: inout Statement) throws -> Bool {
    while hasRow {
      let order = rows.withText(at: 0) {
        PageMerge.order(of: page, page.records[record].key, relativeTo: $0)
      }
      guard order > 0 else { return order == 0 }
      deletes.append(Self.row(rows))
      hasRow = try rows.step()
    }
    return false
  }

  // MARK: - The rows of a key

  /// Compares a key's other entries with its rows, as long as they are the same without loading them.
  ///
  /// - Returns: false when there is no room for what is new: then nothing is noted of the key.
  private mutating func compareRows(
    of stack: Stack, _ rows: inout Statement
  ) throws -> Bool {
    var entries = Entries(of: stack)
    var isStored = try nextRow(isOf: stack.first, &rows)
    let before = (inserts.count, updates.count, deletes.count)
    var floor: Int64?
    while isStored, let record = entries.first, isSameID(record, rows, column: Column.versionID) {
      let stored = StoredVersion.share(of: rows)
      floor = rows.int64(at: Column.rank)
      if differs(record, kind(of: record, in: stack), rows) {
        note(record, rank: rows.int64(at: Column.rank), in: stack, before: stored)
      }
      entries.removeFirst()
      hasRow = try rows.step()
      isStored = try nextRow(isOf: stack.first, &rows)
    }
    guard isStored else {
      insertLast(entries, above: floor, in: stack)
      return true
    }
    var stored: [StoredVersion] = []
    while isStored {
      stored.append(StoredVersion(rows))
      hasRow = try rows.step()
      isStored = try nextRow(isOf: stack.first, &rows)
    }
    if place(entries.rest, among: stored, above: floor, in: stack) { return true }
    inserts.removeSubrange(before.0...)
    updates.removeSubrange(before.1...)
    deletes.removeSubrange(before.2...)
    return false
  }

  /// Notes what is to become of rows that follow the one of rank `floor`, so that there are these entries.
  private mutating func place(
    _ entries: [Int], among stored: [StoredVersion], above floor: Int64?, in stack: Stack
  ) -> Bool {
    var entries = entries[...]
    var stored = stored[...]
    var ceiling: Int64?
    while let row = stored.last, let record = entries.last, hasID(record, row.id) {
      compare(record, row, in: stack)
      ceiling = row.rank
      stored.removeLast()
      entries.removeLast()
    }
    let kept = stored.isEmpty || entries.isEmpty ? [:] : keptRows(of: entries, among: stored)
    let rows = Set(kept.values)
    for (position, row) in zip(stored.indices, stored) where !rows.contains(position) {
      deletes.append(Row(key: page.key(at: stack.first).bytes, rank: row.rank, share: row.share))
    }
    var lower = floor
    var run: [Int] = []
    for record in entries {
      guard let position = kept[record] else {
        run.append(record)
        continue
      }
      compare(record, stored[position], in: stack)
      guard insert(run, between: lower, and: stored[position].rank, in: stack) else { return false }
      lower = stored[position].rank
      run = []
    }
    return insert(run, between: lower, and: ceiling, in: stack)
  }

  /// Which entries keep their rows: as many as can without one passing another.
  private func keptRows(
    of entries: ArraySlice<Int>, among stored: ArraySlice<StoredVersion>
  ) -> [Int: Int] {
    var positions: [[UInt8]: Int] = [:]
    for (position, row) in zip(stored.indices, stored) { positions[row.id] = position }
    // A version that is listed twice has one row.
    let matches = entries.compactMap { record in
      positions.removeValue(forKey: Array(page.text[page.versions[record].id.range]))
        .map { (record: record, position: $0) }
    }
    return Dictionary(
      uniqueKeysWithValues: VersionRanks.longestAscent(matches.map(\.position)).map {
        (matches[$0].record, matches[$0].position)
      })
  }

  /// Notes entries of a key that has no further rows.
  private mutating func insertLast(_ entries: Entries, above floor: Int64?, in stack: Stack) {
    var entries = entries
    var rank = floor.map { $0.plus(VersionRanks.gap) } ?? 0
    while let record = entries.first {
      inserts.append(Insert(record: record, rank: rank, kind: kind(of: record, in: stack)))
      rank = rank.plus(VersionRanks.gap)
      entries.removeFirst()
    }
  }

  private mutating func insert(
    _ records: [Int], between lower: Int64?, and upper: Int64?, in stack: Stack
  ) -> Bool {
    guard let ranks = VersionRanks.ranks(records.count, between: lower, and: upper) else {
      return false
    }
    for (record, rank) in zip(records, ranks) {
      inserts.append(Insert(record: record, rank: rank, kind: kind(of: record, in: stack)))
    }
    return true
  }

  /// Gives all rows of a key new ranks, with gaps between them.
  private mutating func renumber(
    _ stack: Stack, bucketID: Int64, on connection: borrowing Connection
  ) throws {
    try connection.withStatement(Self.selectRowsOfKey) { rows in
      try rows.bind(bucketID, at: 1)
      try rows.bind(text: page.key(at: stack.first).bytes, at: 2)
      while try rows.step() { deletes.append(Self.row(rows)) }
    }
    insertLast(Entries(of: stack), above: nil, in: stack)
  }

  // MARK: - One entry and its row

  private func kind(of record: Int, in stack: Stack) -> VersionKind {
    guard page.versions[record].kind == .deleteMarker else { return .noncurrent }
    return record == stack.latest ? .currentMarker : .marker
  }

  private mutating func note(
    _ record: Int, rank: Int64, in stack: Stack, before: VersionShare
  ) {
    updates.append(
      Update(record: record, rank: rank, kind: kind(of: record, in: stack), before: before))
  }

  private mutating func compare(_ record: Int, _ row: StoredVersion, in stack: Stack) {
    let entry = page.records[record]
    let kind = kind(of: record, in: stack)
    let isSame =
      row.kind == kind.rawValue && row.share.bytes == entry.size
      && row.lastModifiedMs == entry.lastModified.millisecondsSinceEpoch
      && (kind != .noncurrent
        || row.share.storageClassID == storageClassIDs[Int(entry.storageClass)]
          && (page.text[entry.etag.range].elementsEqual(row.etag) || isUntold(entry)))
    if !isSame { note(record, rank: row.rank, in: stack, before: row.share) }
  }

  private func differs(
    _ record: Int, _ kind: VersionKind, _ row: borrowing Statement
  ) -> Bool {
    let entry = page.records[record]
    return row.int64(at: Column.kind) != kind.rawValue || row.int64(at: Column.size) != entry.size
      || row.int64(at: Column.lastModified) != entry.lastModified.millisecondsSinceEpoch
      || kind == .noncurrent
        && (row.int64(at: Column.storageClass) != storageClassIDs[Int(entry.storageClass)]
          || row.withText(at: Column.etag) {
            PageMerge.order(of: page, entry.etag, relativeTo: $0) != 0
          } && !isUntold(entry))
  }

  /// Whether the page does not know the ETag, which makes no difference then.
  private func isUntold(_ entry: ObjectPage.Record) -> Bool {
    page.text.span.extracting(entry.etag.range).isUnknownETag
  }

  private func isSameObjectID(_ record: Int, _ row: borrowing Statement) -> Bool {
    guard row.isNull(at: PageMerge.versionIDColumn), PageMerge.isNullID(row, nullIDsBefore) else {
      return isSameID(record, row, column: PageMerge.versionIDColumn)
    }
    return hasID(record, Self.idOfNone)
  }

  private static let idOfNone = Array(ObjectPage.idOfNone.utf8)

  private func isSameID(_ record: Int, _ row: borrowing Statement, column: Int32) -> Bool {
    // An id that is not known is read as an empty one, which none is.
    row.withText(at: column) {
      PageMerge.order(of: page, page.versions[record].id, relativeTo: $0) == 0
    }
  }

  private func hasID(_ record: Int, _ id: [UInt8]) -> Bool {
    page.text[page.versions[record].id.range].elementsEqual(id)
  }

  private static func row(_ row: borrowing Statement) -> Row {
    Row(
      key: row.bytes(at: 0), rank: row.int64(at: Column.rank), share: StoredVersion.share(of: row))
  }
}
