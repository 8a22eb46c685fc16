internal import SQLite
internal import Vocabulary

extension IndexWriter {
  /// Merges one page of versions: the latest ones are the objects, the others rows of their own.
  ///
  /// Like `merge`, of which it is a part. A version that is no longer its key's latest leaves one table
  /// for the other in the same transaction, with the sums of both.
  func mergeVersions(
    _ coverage: PageCoverage, within interval: KeyInterval, into range: CrawlRange,
    of plan: CrawlPlan, syncID: Int64
  ) throws -> ChangeCounts {
    var page = coverage.page
    let guessed = plan.isImport ? try orderTies(of: &page, plan) : 0
    let (classIDs, merge) = try inBatch {
      let classIDs = try storageClassIDs(of: page)
      let merge = try VersionMerge(
        page: page, bucketID: plan.bucketID, interval: interval, storageClassIDs: classIDs,
        nullIDsBefore: plan.nullIDsBefore, mayLackFirst: coverage.mayLackFirst, on: connection)
      return (classIDs, merge)
    }
    try admit(
      coming: merge.objects.bytesThatCome(from: page).plus(merge.bytesThatCome),
      going: merge.objects.bytesThatGo.plus(merge.bytesThatGo), plan)
    let counts = try inBatch(rows: page.records.count) {
      try write(merge.objects, of: page, classIDs, plan)
      try relabel(merge.objects.relabels, of: page, plan)
      try deleteVersions(merge.deletes, plan)
      try updateVersions(merge.updates, of: page, classIDs, plan)
      crashOrder?.pass(.versionsUpdated)
      try insertVersions(merge.inserts, of: page, classIDs, plan)
      var counts = merge.counts
      if plan.isJournaled {
        counts = try journal(merge.objects, of: page, classIDs, plan, syncID: syncID)
        counts.versions = Int64(merge.listed)
        counts.keysWithoutLatest = Int64(merge.keysWithoutLatest)
      }
      counts.versionsInGuessedOrder = guessed
      try noteNewest(merge.newestMs, gone: merge.objects.newestGoneMs, plan)
      crashOrder?.pass(.rowsMerged)
      try advance(range, of: plan, past: coverage, by: counts, syncID: syncID)
      crashOrder?.pass(.cursorAdvanced)
      return counts
    }
    try commitIfDue()
    return counts
  }

  /// Gives objects that are the same the version ids that the page names.
  private func relabel(_ records: [Int], of page: ObjectPage, _ plan: CrawlPlan) throws {
    guard !records.isEmpty else { return }
    try connection.withStatement(Self.updateVersionID) { statement in
      let text = page.text.span
      try statement.bind(plan.bucketID, at: 1)
      for record in records {
        let key = page.records[record].key
        unsafe try statement.bind(borrowedText: text.extracting(key.range), at: 2)
        let id = page.versions[record].id
        unsafe try statement.bind(borrowedText: text.extracting(id.range), at: 3)
        try statement.run()
      }
    }
  }

  private func deleteVersions(_ rows: [VersionMerge.Row], _ plan: CrawlPlan) throws {
    guard !rows.isEmpty else { return }
    try connection.withStatement(Self.deleteVersion) { statement in
      try statement.bind(plan.bucketID, at: 1)
      for row in rows {
        try statement.bind(text: row.key, at: 2)
        try statement.bind(row.rank, at: 3)
        try statement.run()
        count(row.share, times: -1, key: row.key.span, plan)
      }
    }
  }

  private func updateVersions(
    _ updates: [VersionMerge.Update], of page: ObjectPage, _ classIDs: [Int64], _ plan: CrawlPlan
  ) throws {
    guard !updates.isEmpty else { return }
    try connection.withStatement(Self.updateVersion) { statement in
      try statement.bind(plan.bucketID, at: 1)
      for update in updates {
        let share = page.share(of: update.record, classIDs)
        let key = page.text.span.extracting(page.records[update.record].key.range)
        unsafe try statement.bind(borrowedText: key, at: 2)
        try statement.bind(update.rank, at: 3)
        try bind(page, update.record, update.kind, share, to: &statement, at: 4)
        try statement.run()
        count(update.before, times: -1, key: key, plan)
        count(share, times: 1, key: key, plan)
      }
    }
  }

  private func insertVersions(
    _ inserts: [VersionMerge.Insert], of page: ObjectPage, _ classIDs: [Int64], _ plan: CrawlPlan
  ) throws {
    try Self.insertVersions.run(inserts.count, bucketID: plan.bucketID, on: connection) {
      row, statement, first in
      let insert = inserts[row]
      let share = page.share(of: insert.record, classIDs)
      let text = page.text.span
      let key = text.extracting(page.records[insert.record].key.range)
      unsafe try statement.bind(borrowedText: key, at: first)
      try statement.bind(insert.rank, at: first + 1)
      let id = page.versions[insert.record].id
      unsafe try statement.bind(borrowedText: text.extracting(id.range), at: first + 2)
      try bind(page, insert.record, insert.kind, share, to: &statement, at: first + 3)
      count(share, times: 1, key: key, plan)
    }
  }

  /// Binds what a version has besides its key, its rank and its id.
  private func bind(
    _ page: ObjectPage, _ record: Int, _ kind: VersionKind, _ share: VersionShare,
    to statement: inout Statement, at first: Int32
  ) throws {
    let entry = page.records[record]
    try statement.bind(kind.rawValue, at: first)
    try statement.bind(share.bytes, at: first + 1)
    try statement.bind(entry.lastModified.millisecondsSinceEpoch, at: first + 2)
    if share.isMarker {
      try statement.bind("", at: first + 3)
      try statement.bindNull(at: first + 4)
    } else {
      let etag = page.text.span.extracting(entry.etag.range)
      unsafe try statement.bind(borrowedText: etag, at: first + 3)
      try statement.bind(share.storageClassID, at: first + 4)
    }
  }

  private func count(
    _ share: VersionShare, times sign: Int64, key: Span<UInt8>, _ plan: CrawlPlan
  ) {
    versionDeltas.add(
      bucketID: plan.bucketID, storageClassID: share.storageClassID, key: key,
      objects: share.isMarker ? 0 : sign, bytes: sign * share.bytes,
      markers: share.isMarker ? sign : 0)
  }

  private static let insertVersions = RowInsert(
    into: "object_version",
    columns: [
      "bucket_id", "key", "rank", "version_id", "kind", "size", "last_modified_ms", "etag",
      "storage_class_id",
    ])

  private static let updateVersion = """
    UPDATE object_version
    SET kind = ?4, size = ?5, last_modified_ms = ?6, storage_class_id = ?8,
      etag = CASE WHEN ?7 = '?' AND size = ?5 AND last_modified_ms = ?6 THEN etag ELSE ?7 END
    WHERE bucket_id = ?1 AND key = ?2 AND rank = ?3
    """

  private static let deleteVersion = """
    DELETE FROM object_version WHERE bucket_id = ?1 AND key = ?2 AND rank = ?3
    """

  private static let updateVersionID = """
    UPDATE object SET version_id = ?3 WHERE bucket_id = ?1 AND key = ?2
    """
}

// MARK: - A plain crawl of a bucket whose versions were listed before

extension IndexWriter {
  /// Takes back what a page of objects makes doubtful of an earlier listing of versions.
  ///
  /// An object that was written so late that it may have been written again since keeps no version
  /// id. Where an object has come, a delete marker no longer hides its key.
  func doubtVersions(_ merge: PageMerge, of page: ObjectPage, _ plan: CrawlPlan) throws {
    guard plan.versionIDsHoldBefore != nil else { return }
    try connection.withStatement(Self.forgetVersionID) { statement in
      try statement.bind(plan.bucketID, at: 1)
      for record in merge.relabels {
        try statement.bind(text: page.key(at: record).bytes, at: 2)
        try statement.run()
      }
    }
    try connection.withStatement(Self.demoteMarker) { statement in
      try statement.bind(plan.bucketID, at: 1)
      try statement.bind(VersionKind.marker.rawValue, at: 3)
      try statement.bind(VersionKind.currentMarker.rawValue, at: 4)
      for record in merge.inserts {
        try statement.bind(text: page.key(at: record).bytes, at: 2)
        try statement.run()
      }
    }
  }

  private static let forgetVersionID = """
    UPDATE object SET version_id = '' WHERE bucket_id = ?1 AND key = ?2
    """

  private static let demoteMarker = """
    UPDATE object_version SET kind = ?3 WHERE bucket_id = ?1 AND key = ?2 AND kind = ?4
    """
}

// MARK: -

extension VersionMerge {
  /// Bytes of noncurrent versions alone, as `PageMerge` has those of objects.
  var bytesThatCome: Int64 {
    inserts.lazy.map { page.records[$0.record].size }.saturatedSum()
      .plus(updates.lazy.map { page.records[$0.record].size }.saturatedSum())
  }

  var bytesThatGo: Int64 {
    deletes.lazy.map(\.share.bytes).saturatedSum()
      .plus(updates.lazy.map(\.before.bytes).saturatedSum())
  }
}

extension ObjectPage {
  /// What an entry of a page of versions adds to the rollups when it is not its key's current version.
  fileprivate func share(of record: Int, _ classIDs: [Int64]) -> VersionShare {
    guard versions[record].kind == .version else {
      return VersionShare(storageClassID: 0, bytes: 0, isMarker: true)
    }
    return VersionShare(
      storageClassID: classIDs[Int(records[record].storageClass)], bytes: records[record].size,
      isMarker: false)
  }
}
